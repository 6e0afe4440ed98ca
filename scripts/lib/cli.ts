import { Command, CommanderError, InvalidArgumentError } from "commander";
import { nameStack } from "../../model/stack-commands";
import { thisMachine } from "../toolchain/machine";
import { Interruption } from "./interruption";
import { bypassProxy, ownHosts, proxyFetch } from "./proxy";

/** 0: done. 1: refused or failed. 2: wrong usage. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

let current: Command | undefined;

/** One of our commands, for {@link runMain}: what it does not know is wrong usage. */
export function command(name: string): Command {
  current = new OwnCommand(name).allowExcessArguments(false).exitOverride();
  return current;
}

class OwnCommand extends Command {
  override parse(...args: Parameters<Command["parse"]>): this {
    const taken = optionsTakenByNpm(this.options.flatMap(({ long }) => long ?? []));
    if (taken.length > 0) this.error(`error: npm took ${taken.join(" and ")} for its own.${afterDashes(taken)}`);
    return super.parse(...args);
  }

  override error(message: string, options?: ErrorOptions): never {
    const lost = process.env["npm_lifecycle_event"] && options?.code === "commander.excessArguments";
    return super.error(lost ? `${message}${afterDashes(["--option"])}` : message, options);
  }
}

/** What {@link Command.error} takes beside the message. */
type ErrorOptions = Parameters<Command["error"]>[1];

/** Options that were typed without `--` before them: npm keeps those for itself, and sets a variable for each. */
export function optionsTakenByNpm(options: readonly string[], environment = process.env): string[] {
  // Of continuous integration, for npm's own questions.
  const typed = options.filter((option) => option !== "--yes");
  return typed.filter((option) => `npm_config_${option.slice(2).replaceAll("-", "_")}` in environment);
}

function afterDashes(options: readonly string[]): string {
  const script = process.env["npm_lifecycle_event"] ?? "";
  return `\nOptions go after --, as in: ${npm(script, { stack: "dev" }, ...options)}`;
}

/** The stack that the running command is for. */
function currentStack(): string {
  return String(current?.opts()["stack"] ?? "dev");
}

/** Reads an option's value: a whole number from 1. */
export function wholeNumber(most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(
      `a whole number ${most < Number.POSITIVE_INFINITY ? `from 1 to ${most}` : "above 0"}`,
    );
  };
}

/** LiveKit's limit for the names of rooms and participants (`limit` in its pkg/config/config.go), in bytes. */
const longestName = 256;

/** Reads the name of a room or a participant, which LiveKit would refuse only at the join. */
export function joinName(text: string): string {
  const length = Buffer.byteLength(text);
  if (text.trim() !== "" && length <= longestName) return text;
  throw new InvalidArgumentError(`must be 1 to ${longestName} bytes, not only blanks; it has ${length}`);
}

/** Runs a command's main function: only a programming error has a stack trace; the exit code means something. */
export function runMain(main: () => Promise<number | undefined>): void {
  bypassProxy(ownHosts());
  proxyFetch();
  // An error event without a listener. During `up` the engine's SDK handles it.
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return;
    report(error);
    process.exit();
  });
  // The reader has closed the pipe, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  main().then((code) => {
    process.exitCode = code ?? exitCodes.done;
  }, report);
}

function report(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return;
  }
  if (error instanceof Interruption) process.exit(error.exitCode);
  process.exitCode = exitCodes.failed;
  const stack = currentStack();
  // Loaded late: a command that succeeds needs none of it.
  const { describeError } = require("./describe-error") as typeof import("./describe-error");
  const { errorContext } = require("./error-context") as typeof import("./error-context");
  const described = describeError(error, errorContext(stack));
  console.error(described ? withReachableCommands(nameStack(stack, described.message)) : error);
}

/** A command of ours for a stack, as the user types it. */
export function npm(command: string, { stack }: { readonly stack: string }, ...args: readonly string[]): string {
  const rest = [...args, ...(stack === "dev" ? [] : ["--stack", stack])];
  const run = ["start", "stop", "test"].includes(command) ? `npm ${command}` : `npm run ${command}`;
  return rest.length === 0 ? run : `${run} -- ${rest.join(" ")}`;
}

/** The command that brings a stack's settings into force, as the user types it. */
export function bringUp(stack: string, onAws: boolean): string {
  return onAws ? `pulumi up -s ${stack}` : npm("start", { stack });
}

/** What names `pulumi`, such as a fix, with what stands in for it: where `npm start` has made the only one, it isn't on PATH. */
export function withReachableCommands(message: string): string {
  if (!message.includes("pulumi config ") || thisMachine.which("pulumi") !== undefined) return message;
  return `${message}\nThis machine has no pulumi on its PATH: npm run pulumi -- config ... does the same.`;
}
