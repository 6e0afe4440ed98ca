import { RelayMissing, type SmokeFailure } from "./error";
import type { Path, PathId } from "./paths";

interface PathResult {
  readonly path: PathId;
  readonly title: string;
  /** Reason of a crash of the test's WebRTC client in a previous attempt. */
  readonly clientCrash?: string;
}

export interface PassedPath extends PathResult {
  readonly status: "passed";
  /**
   * Milliseconds from the start of the call until both participants are connected. `firstAudioMs` and `firstVideoMs`
   * have the same start, and end when both participants have received their first audio or video.
   */
  readonly connectMs: number;
  readonly firstAudioMs: number;
  readonly firstVideoMs: number;
  /** Evidence for the path: selected candidate pairs, TLS sessions, the relay's log. */
  readonly proof: readonly string[];
}

export interface FailedPath extends PathResult {
  readonly status: "failed";
  readonly failure: SmokeFailure;
}

export interface SkippedPath extends PathResult {
  readonly status: "skipped";
  readonly reason: string;
}

export type PathReport = PassedPath | FailedPath | SkippedPath;

/** Converts an error to plain data that can be sent between processes. */
export function failedPath({ id, title }: Path, { layer, message, fix }: SmokeFailure): FailedPath {
  return { path: id, title, status: "failed", failure: { layer, message, fix } };
}

/** Reports an error as a failed path, or as a skipped one if only an optional relay is missing. */
export function unprovenPath(path: Path, error: SmokeFailure, isOptional: boolean): FailedPath | SkippedPath {
  if (!isOptional || !(error instanceof RelayMissing)) return failedPath(path, error);
  const { id, title } = path;
  const reason = `the server provides no ${title} URL, and none was found: ${error.message}`;
  return { path: id, title, status: "skipped", reason };
}

export interface SmokeReport {
  readonly url: string;
  /** True if no path failed and at least one passed. */
  readonly passed: boolean;
  readonly durationMs: number;
  readonly paths: readonly PathReport[];
}
