import { installPackages } from "./apt";
import { type Machine, mayInstall, type Progress } from "./machine";

/**
 * A browser, and the tool that makes it trust a certificate authority. Debian's names first; other distributions'
 * browsers work too.
 */
const browsers = ["chromium", "google-chrome", "chromium-browser"] as const;
const trustTool = "certutil";

/** Full paths of the programs that the browser tests need. */
export interface Browser {
  readonly command: string;
  readonly certutil: string;
}

/** Finds this machine's browser, or returns what is missing for the browser tests. */
export function findBrowser(machine: Machine): Browser | string {
  const command = browsers.map((name) => machine.which(name)).find((path) => path !== undefined);
  const certutil = machine.which(trustTool);
  if (command === undefined) return `none of ${browsers.join(", ")} is on PATH`;
  return certutil === undefined ? `${trustTool} is not on PATH` : { command, certutil };
}

/** Installs what the browser tests need, if that is allowed. Otherwise the tests report what is missing. */
export async function ensureBrowser(machine: Machine, progress: Progress): Promise<void> {
  if (typeof findBrowser(machine) !== "string" || !mayInstall(machine)) return;
  progress("installing Chromium for the browser tests");
  // Ubuntu's chromium is a snap, which does not run in containers: there the tests report what is missing.
  const packages = machine.distribution.id === "debian" ? ["chromium", "libnss3-tools"] : ["libnss3-tools"];
  await installPackages(machine, packages, progress);
}
