import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser as PlaywrightBrowser } from "playwright-core";
import { installPackages } from "./apt";
import { type Machine, mayInstall, type Progress } from "./machine";

/**
 * Names of usable browsers; Debian's browser comes first. `certutil` adds a certificate authority to those that a
 * browser trusts.
 */
const browsers = ["chromium", "google-chrome", "chromium-browser"] as const;
const trustTool = "certutil";

/** Full paths of the programs that the browser tests need. */
export interface Browser {
  readonly command: string;
  readonly certutil: string;
}

/** Finds this machine's browser. If a program is missing, returns a description of it instead. */
export function findBrowser(machine: Machine): Browser | string {
  const command = browsers.map((name) => machine.which(name)).find((path) => path !== undefined);
  const certutil = machine.which(trustTool);
  if (command === undefined) return `none of ${browsers.join(", ")} is on PATH`;
  return certutil === undefined ? `${trustTool} is not on PATH` : { command, certutil };
}

/** Installs the browser tests' programs, if this machine allows it. Otherwise the tests report what is missing. */
export async function ensureBrowser(machine: Machine, progress: Progress): Promise<void> {
  if (typeof findBrowser(machine) !== "string" || !mayInstall(machine)) return;
  progress("installing Chromium for the browser tests");
  // Omits chromium on Ubuntu, where it is a snap: snaps do not run in containers. The tests then report that it is
  // missing.
  const packages = machine.distribution.id === "debian" ? ["chromium", "libnss3-tools"] : ["libnss3-tools"];
  await installPackages(machine, packages, progress);
}

/** A browser with its own home folder, one additional trusted CA, and a fake camera and microphone. */
export interface RunningBrowser {
  readonly browser: PlaywrightBrowser;
  /** Ends the browser and removes its home folder. */
  close(): Promise<void>;
}

/** Starts a browser that trusts a CA. */
export async function startBrowser({ command, certutil }: Browser, caFile: string): Promise<RunningBrowser> {
  const home = mkdtempSync(join(tmpdir(), "livekit-stack-browser-"));
  trust(certutil, home, caFile);
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: command,
    env: { ...process.env, HOME: home },
    args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Adds the CA to the user's NSS database, where Chromium on Linux reads CAs (see README). */
function trust(certutil: string, home: string, caFile: string): void {
  const database = join(home, ".pki/nssdb");
  mkdirSync(database, { recursive: true });
  execFileSync(certutil, ["-d", `sql:${database}`, "-N", "--empty-password"]);
  execFileSync(certutil, ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", "local authority", "-i", caFile]);
}
