import { installPackages } from "./apt";
import { type Machine, mayInstall, type Progress } from "./machine";

/** A browser, and the tool that lets it trust an authority. Debian's names; others' browsers serve as well. */
const browsers = ["chromium", "google-chrome", "chromium-browser"] as const;
const trustTool = "certutil";

/** What the browser tests need: full paths of both. */
export interface Browser {
  readonly command: string;
  readonly certutil: string;
}

/** The browser of this machine, or what it lacks for the browser tests. */
export function findBrowser(machine: Machine): Browser | string {
  const command = browsers.map((name) => machine.which(name)).find((path) => path !== undefined);
  const certutil = machine.which(trustTool);
  if (command === undefined) return `none of ${browsers.join(", ")} is on PATH`;
  return certutil === undefined ? `${trustTool} is not on PATH` : { command, certutil };
}

/** Installs what the browser tests need where we may; elsewhere they say what is missing. */
export async function ensureBrowser(machine: Machine, progress: Progress): Promise<void> {
  if (typeof findBrowser(machine) !== "string" || !mayInstall(machine)) return;
  progress("installing Chromium for the browser tests");
  // Ubuntu's chromium is a snap, which no container runs: there the tests say what is missing.
  const packages = machine.distribution.id === "debian" ? ["chromium", "libnss3-tools"] : ["libnss3-tools"];
  await installPackages(machine, packages, progress);
}
