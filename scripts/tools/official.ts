/** Where the Pulumi CLI and its plugins are downloaded from. */
const downloads = "https://get.pulumi.com";

const connectSeconds = 5;

let asked: Promise<boolean> | undefined;

/** Whether Pulumi's downloads can be reached. Asked once a process, so that a silent network costs its time-out once. */
export function downloadsReachable(): Promise<boolean> {
  asked ??= fetch(downloads, { method: "HEAD", signal: AbortSignal.timeout(connectSeconds * 1000) }).then(
    (response) => response.ok,
    () => false,
  );
  return asked;
}
