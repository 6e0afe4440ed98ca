import type { Machine } from "./machine";

/** Where the Pulumi CLI and its plugins are downloaded from. */
export const downloads = "https://get.pulumi.com";

const connectSeconds = 5;

/** The installer downloads with curl, which uses the user's proxy; Node.js does not. */
const curl = ["--fail", "--silent", "--show-error", "--location"];

let asked: Promise<boolean> | undefined;

/** Whether Pulumi's downloads can be reached. Cached per process, so that a silent network costs one time-out. */
export function downloadsReachable(machine: Machine): Promise<boolean> {
  asked ??= machine.run("curl", [...curl, "--head", "--max-time", `${connectSeconds}`, downloads]).then(
    () => true,
    () => false,
  );
  return asked;
}

/** The text at an address. @throws CommandFailure */
export function download(url: string, machine: Machine): Promise<string> {
  return machine.run("curl", [...curl, "--max-time", "120", url]);
}
