const nanoseconds = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;
const part = /(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/g;

/** Parses a Go duration such as `1m30s` into nanoseconds; returns NaN if it is invalid. */
export function parseDuration(text: string): number {
  if (text.replace(part, "") !== "" || text === "") return Number.NaN;
  const parts = [...text.matchAll(part)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * nanoseconds[unit as keyof typeof nanoseconds], 0);
}

/** Formats nanoseconds like Go's `Duration.String`: 60e9 is `1m0s`, 5e8 is `500ms`. */
export function formatDuration(duration: number): string {
  if (duration === 0) return "0s";
  for (const unit of ["ms", "us", "ns"] as const) {
    if (duration < nanoseconds.s && duration >= nanoseconds[unit]) return `${duration / nanoseconds[unit]}${unit}`;
  }
  const hours = Math.floor(duration / nanoseconds.h);
  const minutes = Math.floor((duration % nanoseconds.h) / nanoseconds.m);
  const seconds = (duration % nanoseconds.m) / nanoseconds.s;
  return `${hours > 0 ? `${hours}h` : ""}${hours + minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}
