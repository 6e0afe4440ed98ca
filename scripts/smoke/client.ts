import { Call, type CallRequest } from "./call";
import { SmokeFault } from "./fault";
import { paths } from "./paths";
import { failedPath, type PathReport } from "./report";

/** What the process with the native WebRTC client answers to a {@link CallRequest}. */
export interface CallAnswer {
  readonly report: PathReport;
  /** LiveKit's ids of the participants that joined: the relay's log knows them by these. */
  readonly participantSids: readonly string[];
}

async function hold(request: CallRequest): Promise<CallAnswer> {
  const path = paths.find(({ id }) => id === request.path);
  if (path === undefined) throw new Error(`no path is named ${request.path}`);
  const call = await Call.open(path, request);
  try {
    return { report: await call.prove(), participantSids: call.participantSids() };
  } catch (error) {
    if (!(error instanceof SmokeFault)) throw error;
    return { report: failedPath(path, error), participantSids: call.participantSids() };
  } finally {
    await call.close();
  }
}

process.on("message", async (request: CallRequest) => process.send?.(await hold(request)));
// The native client's threads would keep the process alive, and ending them one by one is what it is worst at.
process.on("disconnect", () => process.exit());
