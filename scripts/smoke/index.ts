import { Call } from "./call";
import { SmokeFault } from "./fault";
import { type Path, type PathId, paths } from "./paths";
import type { Reach } from "./reach";
import type { PathReport, SmokeReport } from "./report";

export type { Layer, SmokeFailure } from "./fault";
export { type PathId, pathIds } from "./paths";
export type { PathReport, SmokeReport } from "./report";

/** A server to test, and what the tester knows about it. */
export interface SmokeTarget extends Reach {
  /** ws:// or wss:// of the API. */
  readonly url: string;
  /** wss:// through nginx. The wss path is skipped without it. @default `url` where that is wss:// */
  readonly secureUrl?: string;
  /** Paths that the server is known not to have, with the reason that the report gives. */
  readonly unavailable?: Readonly<Partial<Record<PathId, string>>>;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Coturn's log (with `verbose`) since a moment in milliseconds: the relay's own word that it was used. */
  readonly relayLog?: (sinceEpochMs: number) => Promise<string>;
}

export interface SmokeOptions {
  /** @default every path */
  readonly paths?: readonly PathId[];
  /** For one path, from joining to verified media. @default 15 */
  readonly timeoutSeconds?: number;
  readonly onStart?: (path: Pick<Path, "id" | "title">) => void;
  readonly onResult?: (report: PathReport) => void;
}

/**
 * Two participants join a room over one path after the other, hear and see each other, and prove the path they took.
 * One run at a time in a process: the native client is a singleton, which is ended when the run is over.
 * @returns a report; a path that fails is a result, not an exception
 */
export async function runSmoke(target: SmokeTarget, options: SmokeOptions = {}): Promise<SmokeReport> {
  const startedAt = Date.now();
  const { Participant, releaseNativeClient } = loadNativeClient();
  const reports: PathReport[] = [];
  try {
    for (const path of paths) {
      if (options.paths && !options.paths.includes(path.id)) continue;
      options.onStart?.(path);
      const report = await runPath(path, target, options.timeoutSeconds ?? 15, Participant);
      options.onResult?.(report);
      reports.push(report);
    }
  } finally {
    await releaseNativeClient();
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
  ParticipantType: Parameters<typeof Call.open>[4],
): Promise<PathReport> {
  const about = { path: path.id, title: path.title };
  const unavailable = target.unavailable?.[path.id];
  if (unavailable !== undefined) return { ...about, status: "skipped", reason: unavailable };
  const secureUrl = target.secureUrl ?? (target.url.startsWith("wss:") ? target.url : undefined);
  const url = path.secureSignalling ? secureUrl : target.url;
  if (url === undefined) return { ...about, status: "skipped", reason: "no wss:// address is known" };

  const call = await Call.open(path, url, target, timeoutSeconds, ParticipantType);
  try {
    return await call.prove();
  } catch (error) {
    if (!(error instanceof SmokeFault)) throw error;
    const { layer, message, fix } = error;
    return { ...about, status: "failed", failure: { layer, message, fix } };
  } finally {
    await call.close();
  }
}

/** Loaded late, as it is large, and as in production, as its logger writes to stdout at debug level otherwise. */
function loadNativeClient(): typeof import("./participant") {
  const { NODE_ENV } = process.env;
  Object.assign(process.env, { NODE_ENV: "production" });
  try {
    return require("./participant");
  } finally {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else Object.assign(process.env, { NODE_ENV });
  }
}
