import type { SmokeFailure } from "./error";
import type { Path, PathId } from "./paths";

interface PathResult {
  readonly path: PathId;
  readonly title: string;
  /** How the test's own WebRTC client crashed before the call that this reports. */
  readonly clientCrash?: string;
}

export interface PassedPath extends PathResult {
  readonly status: "passed";
  /** Milliseconds from the first step until the slower participant had each. */
  readonly connectMs: number;
  readonly firstAudioMs: number;
  readonly firstVideoMs: number;
  /** What proves the path: selected candidate pairs, TLS sessions, the relay's log. */
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

/** What a fault comes to: data alone, which goes between processes. */
export function failedPath({ id, title }: Path, { layer, message, fix }: SmokeFailure): FailedPath {
  return { path: id, title, status: "failed", failure: { layer, message, fix } };
}

export interface SmokeReport {
  readonly url: string;
  /** No path failed, and at least one was proven. */
  readonly passed: boolean;
  readonly durationMs: number;
  readonly paths: readonly PathReport[];
}
