import { setTimeout as pause } from "node:timers/promises";
import type { CallRequest } from "./call";
import type { CallAnswer } from "./client";
import { ClientCrash, ClientProcess } from "./client-process";
import { type Path, type PathId, paths } from "./paths";
import type { Reach } from "./reach";
import { logProves, notLogged, unreadable } from "./relay-log";
import { type FailedPath, failedPath, type PathReport, type SmokeReport } from "./report";

export { type PathId, pathIds } from "./paths";
export type { PathReport, SmokeReport } from "./report";

/** A server to test: its URLs and credentials, the paths that it does not offer, and access to its relay's log. */
export interface SmokeTarget extends Reach {
  /** ws:// or wss:// URL of the API. */
  readonly url: string;
  /** wss:// URL through nginx. Without it, the wss path is skipped. @default `url` if that is wss:// */
  readonly secureUrl?: string;
  /** Paths that the server does not offer, each with the reason that the report shows. */
  readonly unavailable?: Readonly<Partial<Record<PathId, string>>>;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Returns Coturn's log (with `verbose`) since a time in epoch milliseconds. It proves that media used the relay. */
  readonly relayLog?: (sinceEpochMs: number) => Promise<string>;
}

export interface SmokeOptions {
  /** @default every path */
  readonly paths?: readonly PathId[];
  /** Timeout for one path, from joining to verified media. @default 15 */
  readonly timeoutSeconds?: number;
  readonly onStart?: (path: Pick<Path, "id" | "title">) => void;
  readonly onResult?: (report: PathReport) => void;
}

/**
 * Tests one path after the other. Two participants join a room, receive each other's audio and video, and prove which
 * path the media took.
 * @returns a report. A failed path is a result, not an exception
 */
export async function runSmoke(target: SmokeTarget, options: SmokeOptions = {}): Promise<SmokeReport> {
  const startedAt = Date.now();
  const client = new ClientProcess();
  client.start();
  const reports: PathReport[] = [];
  try {
    for (const path of paths) {
      if (options.paths && !options.paths.includes(path.id)) continue;
      options.onStart?.(path);
      const report = await runPath(path, target, options.timeoutSeconds ?? 15, client);
      options.onResult?.(report);
      reports.push(report);
    }
  } finally {
    await client.end();
  }
  const statuses = reports.map(({ status }) => status);
  return {
    url: target.url,
    passed: statuses.includes("passed") && !statuses.includes("failed"),
    durationMs: Date.now() - startedAt,
    paths: reports,
  };
}

async function runPath(
  path: Path,
  target: SmokeTarget,
  timeoutSeconds: number,
  client: ClientProcess,
): Promise<PathReport> {
  const about = { path: path.id, title: path.title };
  const unavailable = target.unavailable?.[path.id];
  if (unavailable !== undefined) return { ...about, status: "skipped", reason: unavailable };
  const secureUrl = target.secureUrl ?? (target.url.startsWith("wss:") ? target.url : undefined);
  const url = path.secureSignalling ? secureUrl : target.url;
  if (url === undefined) return { ...about, status: "skipped", reason: "no wss:// address is known" };

  const { apiKey, apiSecret, ca, connectAddress, relayPorts } = target;
  const reach = { ...(ca && { ca }), ...(connectAddress && { connectAddress }), ...(relayPorts && { relayPorts }) };
  const request = { path: path.id, url, apiKey, apiSecret, ...reach, timeoutSeconds };
  const startedAt = Date.now();
  const answer = await call(path, request, client);
  return proveRelay(path, answer, target.relayLog, startedAt, timeoutSeconds);
}

/** Runs a call. If the client crashes, retries once and reports the crash, which proves nothing about the server. */
async function call(path: Path, request: CallRequest, client: ClientProcess): Promise<CallAnswer> {
  const first = await client.call(request);
  if (!(first instanceof ClientCrash)) return first;
  const second = await client.call(request);
  if (second instanceof ClientCrash) return { report: crashed(path, second), participantSids: [] };
  return { ...second, report: { ...second.report, clientCrash: first.reason } };
}

function crashed(path: Path, { reason }: ClientCrash): FailedPath {
  return failedPath(path, {
    layer: "client",
    message: `the WebRTC client of this test crashed twice (${reason})`,
    fix: "This is not an error of the server. Free memory and run the test again; npm ci repairs a damaged package",
  });
}

async function proveRelay(
  path: Path,
  { report, participantSids }: CallAnswer,
  relayLog: SmokeTarget["relayLog"],
  startedAt: number,
  timeoutSeconds: number,
): Promise<PathReport> {
  if (report.status !== "passed" || path.relay === undefined || relayLog === undefined) return report;
  const logged = (sid: string) => isLogged(path, sid, () => relayLog(startedAt), startedAt + timeoutSeconds * 1000);
  try {
    for (const sid of participantSids) if (!(await logged(sid))) return failedPath(path, notLogged(path, sid));
  } catch (error) {
    return failedPath(path, unreadable(error as Error));
  }
  return {
    ...report,
    proof: [...report.proof, ...participantSids.map((sid) => `Coturn logged the allocation for ${sid}`)],
  };
}

/** Polls the relay's log until the deadline, because its entries may appear shortly after the media. */
async function isLogged(path: Path, sid: string, log: () => Promise<string>, deadline: number): Promise<boolean> {
  while (!logProves(path, await log(), sid)) {
    if (Date.now() > deadline) return false;
    await pause(100);
  }
  return true;
}
