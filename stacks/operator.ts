import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Fault, refuse } from "../model/fault";

/**
 * A change of a node is asked for by the aws command, in a POSIX shell: without them `up` would fail when everything else is
 * made.
 * @throws Refusal where this machine lacks one of them
 */
export function requireAwsCommand(
  platform: NodeJS.Platform = process.platform,
  path = process.env["PATH"] ?? "",
): void {
  const faults: Fault[] = [];
  if (platform === "win32") {
    faults.push({
      key: "livekit:target",
      value: "aws",
      rule: "needs a POSIX shell on the operator's machine",
      fix: "Run Pulumi in the Windows Subsystem for Linux: https://learn.microsoft.com/windows/wsl/install",
    });
  } else if (!isOnPath("aws", path)) {
    faults.push({
      key: "PATH",
      rule: "has no aws command, by which nodes are asked to change",
      fix: "Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    });
  }
  refuse(faults);
}

function isOnPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
