import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailure } from "../../../model/errors/command-failure";
import type { Machine } from "../../../scripts/toolchain/machine";

export interface FakeOptions {
  /** Commands on PATH; `answer` adds a command that is installed later. */
  readonly commands?: Record<string, string>;
  /** Returns a command's output after its effects on the folder; undefined makes it fail. */
  readonly answer?: (line: string, cwd: string) => string | undefined;
  readonly platform?: NodeJS.Platform;
  readonly root?: boolean;
  readonly distribution?: string;
  readonly codename?: string;
  readonly env?: Record<string, string>;
  readonly systemd?: boolean;
}

export interface FakeMachine extends Machine {
  /** Every command line that was run. */
  readonly ran: string[];
}

/** Creates a machine that runs nothing: by default Debian 12 with apt-get, as root. */
export function fakeMachine(options: FakeOptions = {}): FakeMachine {
  const { commands = {}, answer = () => "" } = options;
  const isDebian = ["debian", "ubuntu"].includes(options.distribution ?? "debian");
  const ran: string[] = [];
  return {
    ran,
    platform: options.platform ?? "linux",
    env: options.env ?? {},
    root: options.root ?? true,
    distribution: { id: options.distribution ?? "debian", codename: options.codename ?? "bookworm" },
    systemd: options.systemd ?? false,
    which: (command) => commands[command] ?? (command === "apt-get" && isDebian ? "/usr/bin/apt-get" : undefined),
    run: async (command, args, { cwd = "" } = {}) => {
      const line = [command, ...args].join(" ");
      ran.push(line);
      const output = answer(line, cwd);
      if (output === undefined) throw new CommandFailure(line, "made to fail");
      return output;
    },
  };
}

/** Creates a folder in the test's cache. The test's cleanup removes both. */
export function emptyFolder(): string {
  return mkdtempSync(join(process.env["XDG_CACHE_HOME"] ?? "", "test-"));
}

/** Gives the calling test file an empty cache for each test. */
export function useEmptyCache(): void {
  const before = process.env["XDG_CACHE_HOME"];
  beforeEach(() => {
    process.env["XDG_CACHE_HOME"] = mkdtempSync(join(tmpdir(), "livekit-stack-test-"));
  });
  afterEach(() => rmSync(process.env["XDG_CACHE_HOME"] ?? "", { recursive: true, force: true }));
  afterAll(() => {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
  });
}
