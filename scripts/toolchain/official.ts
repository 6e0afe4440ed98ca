import type { Machine } from "./machine";

/** Download site of the Pulumi CLI and its plugins. */
export const downloads = "https://get.pulumi.com";

const connectSeconds = 5;

/**
 * Options for curl. Downloads use curl, as Pulumi's installer does, because curl uses the user's proxy and Node.js does
 * not.
 */
const curl = ["--fail", "--silent", "--show-error", "--location"];

let reachable: Promise<boolean> | undefined;

/**
 * Reports whether Pulumi's downloads are reachable. Cached per process, so that an unreachable site costs one time-out.
 */
export function downloadsReachable(machine: Machine): Promise<boolean> {
  reachable ??= machine.run("curl", [...curl, "--head", "--max-time", `${connectSeconds}`, downloads]).then(
    () => true,
    () => false,
  );
  return reachable;
}

/** Downloads the text of a URL. @throws CommandFailure */
export function download(url: string, machine: Machine): Promise<string> {
  return machine.run("curl", [...curl, "--max-time", "120", url]);
}
