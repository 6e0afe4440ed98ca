import { Call, type CallRequest } from "./call";
import { SmokeError } from "./error";
import { paths } from "./paths";
import type { PathReport } from "./report";

/** The result of a {@link CallRequest}, from the process with the native WebRTC client. */
export interface CallAnswer {
  readonly report: PathReport;
  /** LiveKit's ids of the participants that joined. The relay's log contains them. */
  readonly participantSids: readonly string[];
}

/** The client process's reply: the result of a request, undefined for "close", or the error that its code threw. */
export type ClientReply<Result> =
  | { readonly result: Result }
  | { readonly error: { readonly message: string; readonly stack?: string } };

let call: Call | undefined;

async function hold(request: CallRequest): Promise<CallAnswer> {
  const path = paths.find(({ id }) => id === request.path);
  if (path === undefined) throw new Error(`no network path is named ${request.path}`);
  call = await Call.open(path, request);
  try {
    return { report: await call.prove(), participantSids: call.participantSids() };
  } catch (error) {
    if (!(error instanceof SmokeError)) throw error;
    return { report: call.failed(error), participantSids: call.participantSids() };
  }
}

async function reply(request: CallRequest | "close"): Promise<ClientReply<CallAnswer | undefined>> {
  try {
    if (request !== "close") return { result: await hold(request) };
    await call?.close();
    return { result: undefined };
  } catch (error) {
    const { message, stack } = error as Error;
    return { error: { message, ...(stack && { stack }) } };
  }
}

// The reply is sent before the call is closed, because the native client often hangs on closing.
process.on("message", async (request: CallRequest | "close") => process.send?.(await reply(request)));
// Exits immediately: the native client's threads would keep the process alive, and stopping them is not reliable.
process.on("disconnect", () => process.exit());
