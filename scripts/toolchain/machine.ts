import { existsSync, readFileSync } from "node:fs";
import { CommandFailure } from "../../model/errors/command-failure";
import { hasSystemd, which } from "../../stacks/operating-system";
import { keepOutput, outputLog } from "./output";

/** Receives a progress line of a long step. `from` marks a line that a command printed, possibly one of thousands. */
export type Progress = (line: string, from?: "command") => void;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input of the command. @default nothing */
  readonly input?: string;
  /** Receives every line of output as it arrives; {@link outputLog} keeps them. @default none */
  readonly progress?: Progress;
  /** Time limit, after which the command is killed. @default none */
  readonly timeoutSeconds?: number;
  /** Length of the output at which the command is killed; its output is then cut there. @default execa's 100 million */
  readonly mostCharacters?: number;
}

/** The machine on which the toolchain runs; tests replace it with a fake. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this process is root, and so may install packages and start services. */
  readonly root: boolean;
  /** `ID` and `VERSION_CODENAME` of os-release, empty if it has none. */
  readonly distribution: { readonly id: string; readonly codename: string };
  /** Whether systemd is this machine's init. */
  readonly systemd: boolean;
  /** Full path of a command; undefined if it is not on PATH. */
  which(command: string): string | undefined;
  /** Runs a command to its end and returns its standard output. Throws {@link CommandFailure}. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

export const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  root: process.getuid?.() === 0,
  distribution: readDistribution(),
  systemd: hasSystemd(),
  which,
  run,
};

/** Reports whether packages may be installed: only by root, on Debian or Ubuntu. */
export function mayInstall(machine: Machine): boolean {
  return (
    machine.root && ["debian", "ubuntu"].includes(machine.distribution.id) && machine.which("apt-get") !== undefined
  );
}

function readDistribution(): Machine["distribution"] {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: field("ID"), codename: field("VERSION_CODENAME") };
}

async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  // Loaded lazily: a run with everything cached starts no command, and loading execa would take most of its time.
  const { execa } = await import("execa");
  const child = execa(command, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...options.env },
    all: true,
    reject: false,
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    timeout: (options.timeoutSeconds ?? 0) * 1000,
    ...(options.mostCharacters !== undefined && { maxBuffer: options.mostCharacters }),
  });
  if (options.progress) {
    for await (const line of child.iterable({ from: "all" })) {
      keepOutput(String(line));
      options.progress(String(line), "command");
    }
  }
  const result = await child;
  if (!result.failed || (result.isMaxBuffer && options.mostCharacters !== undefined)) return result.stdout;
  const said = result.timedOut ? `timed out after ${options.timeoutSeconds} s` : lastLines(result.all ?? "");
  const whole = options.progress ? [`(all of its output: ${outputLog()})`] : [];
  const output = [said || (result.shortMessage ?? "failed"), ...whole].join("\n");
  throw new CommandFailure([command, ...args].join(" "), output);
}

/** Returns the end of a log, which holds the cause of a failure. */
export function lastLines(text: string, count = 8): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
