import { inspect } from "node:util";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { nameStack } from "../../model/stack-commands";
import { thisMachine } from "../toolchain/machine";
import { endWithoutReader, Interruption } from "./interruption";
import { printError } from "./print";
import { bypassProxy, ownHosts, proxyFetch } from "./proxy";

/** 0: done. 1: rejected or failed. 2: wrong usage. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

let current: Command | undefined;

/** Creates one of our commands, for {@link runMain}. Unknown arguments are wrong usage. */
export function command(name: string): Command {
  current = new OwnCommand(name).allowExcessArguments(false).exitOverride();
  return current;
}

class OwnCommand extends Command {
  override parse(...args: Parameters<Command["parse"]>): this {
    const taken = optionsTakenByNpm(this.options.flatMap(({ long }) => long ?? []));
    if (taken.length > 0) this.error(`error: npm itself consumed ${taken.join(" and ")}.${afterDashes(taken)}`);
    return super.parse(...args);
  }

  override error(message: string, options?: ErrorOptions): never {
    const lost = process.env["npm_lifecycle_event"] && options?.code === "commander.excessArguments";
    return super.error(lost ? `${message}${afterDashes(["--option"])}` : message, options);
  }
}

/** Options of {@link Command.error}. */
type ErrorOptions = Parameters<Command["error"]>[1];

/**
 * Lists options that the user typed without the separator `--`, as in `npm test --all`. npm consumes such options and
 * sets an environment variable for each.
 */
export function optionsTakenByNpm(options: readonly string[], environment = process.env): string[] {
  // CI systems set npm's variable for --yes to answer npm's own prompts. So this variable does not show that the user
  // typed --yes.
  const typed = options.filter((option) => option !== "--yes");
  return typed.filter((option) => `npm_config_${option.slice(2).replaceAll("-", "_")}` in environment);
}

function afterDashes(options: readonly string[]): string {
  const script = process.env["npm_lifecycle_event"] ?? "";
  return `\nOptions go after --, as in: ${npm(script, { stack: "dev" }, ...options)}`;
}

/** Returns the stack that the running command is for. */
function currentStack(): string {
  return String(current?.opts()["stack"] ?? "dev");
}

/** Returns a parser for an option's value: a whole number from 1 to the maximum. */
export function wholeNumber(most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(
      `the value must be a whole number ${most < Number.POSITIVE_INFINITY ? `from 1 to ${most}` : "above 0"}`,
    );
  };
}

/** LiveKit's limit for room and participant names, in bytes (`limit` in its pkg/config/config.go). */
const longestName = 256;

/** Parses the name of a room or participant. LiveKit would reject an invalid name only when a participant joins. */
export function joinName(text: string): string {
  const length = Buffer.byteLength(text);
  if (text.trim() !== "" && length <= longestName) return text;
  throw new InvalidArgumentError(
    `the name must have 1 to ${longestName} bytes and a character other than a blank; this name has ${length} bytes`,
  );
}

/** Runs a command's main function and sets the exit code. Only programming errors print a stack trace. */
export function runMain(main: () => Promise<number | undefined>): void {
  bypassProxy(ownHosts());
  proxyFetch();
  // Reports errors that no listener handles. During `up`, Pulumi's SDK has its own handler.
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return;
    report(error);
    process.exit();
  });
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      endWithoutReader();
    });
  }
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
  // Loaded lazily: a command that succeeds does not need these modules.
  const { describeError } =
    require("../../model/errors/describe-error") as typeof import("../../model/errors/describe-error");
  const { commandErrorContext } = require("./error-context") as typeof import("./error-context");
  const described = describeError(error, commandErrorContext(stack));
  printError(described ? withReachableCommands(nameStack(stack, described.message)) : inspect(error));
}

/** Renders one of our commands for a stack, as the user types it. */
export function npm(command: string, { stack }: { readonly stack: string }, ...args: readonly string[]): string {
  const rest = [...args, ...(stack === "dev" ? [] : ["--stack", stack])];
  const run = ["start", "stop", "test"].includes(command) ? `npm ${command}` : `npm run ${command}`;
  return rest.length === 0 ? run : `${run} -- ${rest.join(" ")}`;
}

/** Renders the command that applies a stack's settings, as the user types it. */
export function bringUp(stack: string, onAws: boolean): string {
  return onAws ? `pulumi up -s ${stack}` : npm("start", { stack });
}

/**
 * Adds a hint to a message that suggests `pulumi config` if pulumi is not on PATH: `npm run pulumi` does the same. `npm
 * start` installs its own Pulumi CLI outside PATH.
 */
export function withReachableCommands(message: string): string {
  if (!message.includes("pulumi config ") || thisMachine.which("pulumi") !== undefined) return message;
  return `${message}\nThis machine has no pulumi on its PATH: npm run pulumi -- config ... does the same.`;
}
