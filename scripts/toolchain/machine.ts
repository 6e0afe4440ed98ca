import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../../model/user-error";
import { keepOutput, outputLog } from "./output";

/** Takes one line of what a long step is doing; says when a command printed it, which may be one line of thousands. */
export type Progress = (line: string, from?: "command") => void;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the command reads. @default nothing */
  readonly input?: string;
  /** Every line of output, as it comes; {@link outputLog} keeps them. @default none */
  readonly progress?: Progress;
  /** Ends the command after this time. @default never */
  readonly timeoutSeconds?: number;
}

/** The machine as the ladder sees it; tests put a made-up one in its place. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether we may install packages and start services. */
  readonly root: boolean;
  /** `ID` and `VERSION_CODENAME` of os-release, empty where there is none. */
  readonly distribution: { readonly id: string; readonly codename: string };
  /** Whether systemd is the init of this machine. */
  readonly systemd: boolean;
  /** Full path of a command, undefined when it is not on PATH. */
  which(command: string): string | undefined;
  /** Runs a command to its end and returns its standard output. Throws {@link CommandFailure}. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

/** A command that could not be started or ended badly. `output` is the end of what it printed. */
export class CommandFailure extends Error {
  constructor(
    readonly command: string,
    readonly output: string,
  ) {
    super(`${command}: ${output}`);
    this.name = "CommandFailure";
  }
}

export const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  root: process.getuid?.() === 0,
  distribution: readDistribution(),
  systemd: existsSync("/run/systemd/system"),
  which,
  run,
};

/** Whether this is Debian or Ubuntu and we are root: the only machines on which the ladder installs packages. */
export function mayInstall(machine: Machine): boolean {
  return (
    machine.root && ["debian", "ubuntu"].includes(machine.distribution.id) && machine.which("apt-get") !== undefined
  );
}

/** The fix where an error's own words say what is wrong. */
export const fixAbove = "Fix the error above and run the command again";

/** What the user has to fix, in the form of every other refusal. */
export function cannot(what: string, because: string, fix: string): UserError {
  return new UserError([{ key: what, rule: because, fix }]);
}

function readDistribution(): Machine["distribution"] {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: field("ID"), codename: field("VERSION_CODENAME") };
}

function which(command: string): string | undefined {
  const names = process.platform === "win32" ? [`${command}.exe`, `${command}.cmd`] : [command];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  // Loaded late: the warm path runs no command, and loading costs more than everything else on it.
  const { execa } = await import("execa");
  const child = execa(command, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...options.env },
    all: true,
    reject: false,
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    timeout: (options.timeoutSeconds ?? 0) * 1000,
  });
  if (options.progress) {
    for await (const line of child.iterable({ from: "all" })) {
      keepOutput(String(line));
      options.progress(String(line), "command");
    }
  }
  const result = await child;
  if (!result.failed) return result.stdout;
  const said = result.timedOut ? `no end after ${options.timeoutSeconds} s` : lastLines(result.all ?? "");
  const whole = options.progress ? [`(all of its output: ${outputLog()})`] : [];
  const output = [said || (result.shortMessage ?? "failed"), ...whole].join("\n");
  throw new CommandFailure([command, ...args].join(" "), output);
}

/** The end of a log: where the cause of a failure stands. */
export function lastLines(text: string, count = 8): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
