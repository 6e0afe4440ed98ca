import { Call, type CallRequest } from "./call";
import { SmokeError } from "./error";
import { paths } from "./paths";
import type { PathReport } from "./report";

/** What the process with the native WebRTC client finds out for a {@link CallRequest}. */
export interface CallAnswer {
  readonly report: PathReport;
  /** LiveKit's ids of the participants that joined: the relay's log knows them by these. */
  readonly participantSids: readonly string[];
}

/** What the process replies: a request's result, nothing to "close", and to either the error that its code threw. */
export type ClientReply<Result> =
  | { readonly result: Result }
  | { readonly error: { readonly message: string; readonly stack?: string } };

let call: Call | undefined;

async function hold(request: CallRequest): Promise<CallAnswer> {
  const path = paths.find(({ id }) => id === request.path);
  if (path === undefined) throw new Error(`no path is named ${request.path}`);
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

// Answering comes before closing: that is what the native client is worst at, and the answer must not hang with it.
process.on("message", async (request: CallRequest | "close") => process.send?.(await reply(request)));
// The native client's threads would keep the process alive, and ending them one by one is as bad.
process.on("disconnect", () => process.exit());
