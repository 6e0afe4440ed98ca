import { dirname, sep } from "node:path";
import { types } from "node:util";
import { quoted } from "../shell";
import { type ConfigError, fixAbove, UserError } from "../user-error";
import { CommandFailure } from "./command-failure";
import { type EngineMachine, engineFailure } from "./engine-failure";
import { innermostCause } from "./innermost-cause";

/** Facts about the machine that error descriptions depend on. */
export interface ErrorContext extends EngineMachine {
  /** Folders that the commands write to, each with the variable that sets it, if any. */
  readonly folders: readonly { readonly path: string; readonly variable?: string }[];
  /** Reports whether this user owns a path; undefined if nothing is there. */
  isOwn(path: string): boolean | undefined;
  /** Reports whether a program exists, at an absolute path or on PATH. */
  hasProgram(program: string): boolean;
  /** Renders the shell command that renames a file or folder to an unused name. */
  moveAway(path: string, platform: NodeJS.Platform): string;
  /** Describes a full disk. */
  diskFull(): UserError;
  /**
   * Describes a passphrase that does not decrypt the stack. The Pulumi program leaves it out: the engine decrypts values
   * before it starts the program.
   */
  wrongPassphrase?(): UserError;
}

/**
 * Describes errors that the user or the machine causes: files, network, Docker engine, Pulumi, other programs. All
 * commands describe such errors with this function.
 * @returns undefined for a programming error, which needs its stack trace
 */
export function describeError(error: unknown, context: ErrorContext): UserError | undefined {
  if (isDiskFull(error)) {
    const full = context.diskFull();
    return error instanceof UserError ? new UserError([...error.errors, ...full.errors]) : full;
  }
  if (!types.isNativeError(error)) return undefined;
  if (context.wrongPassphrase && passphraseErrors.test(error.message)) return context.wrongPassphrase();
  if (error instanceof UserError) return error;
  if (error instanceof CommandFailure) return userError({ key: error.command, rule: error.output, fix: fixAbove });
  // An AggregateError: the host name has several addresses, and the connection to every address failed.
  if ("errors" in error && Array.isArray(error.errors)) return describeError(error.errors[0], context);
  if (isPulumiError(error)) return pulumiFailure(pulumiErrors(error));
  if (isDockerError(error)) return engineFailure("Docker engine", error, context);
  if (isSystemError(error)) return userError(systemError(error, context));
  if (/Unresolved alias/.test(error.message)) {
    return userError({
      key: "YAML",
      rule: error.message,
      fix: 'Quote a value that begins with *, as in "*.example.com"',
    });
  }
  if (error.message !== "fetch failed") return undefined;
  const cause = innermostCause(error);
  const described = cause === error ? undefined : describeError(cause, context);
  // The cause has no known description, such as a proxy's rejection: shows its message.
  return described ?? userError({ key: "the network", rule: cause.message, fix: networkFix });
}

/** Messages about a wrong or missing passphrase, from Pulumi's pkg/secrets/passphrase/manager.go. */
const passphraseErrors =
  /incorrect passphrase|passphrase must be set with|unable to read PULUMI_CONFIG_PASSPHRASE_FILE/;

/** Reports whether an error's message, from Node or another program, means that a disk is full. */
function isDiskFull(error: unknown): boolean {
  return /ENOSPC|EDQUOT|no space left on device|disk quota exceeded/i.test(
    error instanceof Error ? error.message : String(error),
  );
}

/** Creates an error from messages of the Pulumi CLI or engine. */
export function pulumiFailure(errors: readonly string[]): UserError {
  return userError({ key: "the engine", rule: [...new Set(errors)].join("\n"), fix: fixAbove });
}

/**
 * Extracts errors that the Pulumi CLI prints before its engine starts. Without such an error, returns the whole
 * message.
 */
export function pulumiErrors({ message }: Error): string[] {
  const named = [...message.matchAll(/^\s*(?:stderr: )?error: (.+)$/gm)].map(([, line]) => line as string);
  return named.length > 0 ? named : [message];
}

/** Reports whether the Automation API threw an error. Loading the API, to use its classes, would take half a second. */
export function isPulumiError(error: Error): boolean {
  return "commandResult" in error;
}

/** Reports whether an error is a response of the Docker engine's API, or a failed connection to its socket. */
function isDockerError(error: Error): boolean {
  if ("statusCode" in error && "reason" in error) return true;
  const { syscall, address } = error as NodeJS.ErrnoException & { readonly address?: string };
  return syscall === "connect" && /docker[^/]*$|^\/\/\.\/pipe/.test(address ?? "");
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  /** Destination path of a rename or a link. */
  readonly dest?: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

/**
 * Reports whether the operating system caused an error: its code is one of libuv's, such as ENOENT. Codes of Node.js's
 * own errors start with ERR_.
 */
function isSystemError(error: Error): error is SystemError {
  const { code, syscall } = error as Partial<SystemError>;
  return typeof code === "string" && /^(E[A-Z0-9]+|EAI_[A-Z]+)$/.test(code) && (code in networkRules || !!syscall);
}

function systemError(error: SystemError, context: ErrorContext): ConfigError {
  const { code, syscall = "", path, dest } = error;
  if (syscall.startsWith("spawn")) return spawnError(error, context);
  const what = dest ?? path;
  if (what === undefined) return networkError(error);
  const key = what;
  const chosen = folderOf(what, context)?.variable;
  if (code === "EISDIR")
    return { key, rule: "this path is a folder, but the command needs a file", fix: away(what, context) };
  if (code === "EEXIST" || code === "ENOTEMPTY")
    return {
      key,
      rule: "this path exists, but is not the file or folder that the command needs",
      fix: away(what, context),
    };
  if (chosen !== undefined) return { key, rule: ruleOf(error), fix: otherFolder(chosen, context) };
  const nearest = nearestExisting(path ?? what, context);
  if (code === "ENOTDIR")
    return { key, rule: `${nearest} is a file, but the command needs a folder`, fix: away(nearest, context) };
  if (code === "EACCES") {
    const changesFolder = ["rename", "link", "unlink", "rmdir"].includes(syscall);
    return {
      key,
      rule: ruleOf(error),
      fix: allow(changesFolder ? nearestExisting(dirname(what), context) : nearest, context),
    };
  }
  const onWindows = context.platform === "win32" ? windowsFixes[code] : undefined;
  return { key, rule: ruleOf(error), fix: onWindows ?? fixes[code] ?? fixAbove };
}

const rules: Readonly<Record<string, string>> = {
  EACCES: "this user may not read or write it",
  EPERM: "the system does not allow this",
  EROFS: "is on a read-only file system",
  ENOENT: "does not exist",
  ENOTDIR: "a part of its path is a file where a folder is needed",
  ELOOP: "is a link that leads to itself",
  ENAMETOOLONG: "is too long for a path",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
};

const fixes: Readonly<Record<string, string>> = {
  EPERM: "Check its owner and attributes (ls -ld, lsattr -d), and run this as a user who may",
  EROFS: "Make it writable, or run this in a copy elsewhere",
  ENOENT: "Check the path",
  ELOOP: "Remove the link",
  ENAMETOOLONG: "Choose a shorter path",
  EMFILE: "Allow more and run this again: ulimit -n 4096",
  ENFILE: "End programs that have many open, then run this again",
};

/** Fixes for Windows, which lacks the commands of {@link fixes}. */
const windowsFixes: Readonly<Record<string, string>> = {
  EPERM: "Close programs that have it open, and look at its attributes and permissions; then run this again",
  EMFILE: "End programs that have many files open, then run this again",
};

function ruleOf({ code, message }: SystemError): string {
  return `${rules[code] ?? message.replace(/^E\w+: /, "")} (${code})`;
}

function away(path: string, context: ErrorContext): string {
  return `Move it away and run this again: ${context.moveAway(path, context.platform)}`;
}

function otherFolder(variable: string, { platform }: ErrorContext): string {
  // Windows has its own variable for the temporary folder.
  if (platform === "win32") {
    return `Set ${variable === "TMPDIR" ? "TEMP" : variable} to a folder that this user may write, then run this again`;
  }
  const within = variable === "TMPDIR" ? ' "$HOME/tmp.XXXXXX"' : "";
  return `Choose a folder that this user may write, such as: export ${variable}="$(mktemp -d${within})"`;
}

/**
 * Suggests chmod for the user's own paths, and chown for paths in the folders that our commands write. Other paths may
 * belong to another program, so they get no command.
 */
function allow(path: string, context: ErrorContext): string {
  const isOurs = folderOf(path, context) !== undefined;
  if (context.platform === "win32") {
    return isOurs ? `Let this user read and write ${path}, then run this again` : otherPath;
  }
  if (context.isOwn(path)) return `Allow it: chmod u+rwX ${quoted(path)}`;
  if (!isOurs) return otherPath;
  return `Give it to this user: sudo chown "$(id -u)" ${quoted(path)} && chmod u+rwX ${quoted(path)}`;
}

const otherPath = "Choose another path, or run this as a user who may";

/** Returns the innermost of our folders that contains a path. */
function folderOf(path: string, { folders }: ErrorContext) {
  const around = folders.filter((folder) => path === folder.path || path.startsWith(`${folder.path}${sep}`));
  return around.toSorted((one, other) => other.path.length - one.path.length)[0];
}

function nearestExisting(path: string, context: ErrorContext): string {
  const parent = dirname(path);
  return context.isOwn(path) !== undefined || parent === path ? path : nearestExisting(parent, context);
}

/** Describes a failed start of a program. Node reports a missing working directory as a missing program too. */
function spawnError({ code, path = "", syscall = "" }: SystemError, context: ErrorContext): ConfigError {
  const key = path || syscall;
  if (code !== "ENOENT") return { key, rule: `the program can't be started (${code})`, fix: fixAbove };
  if (!context.hasProgram(path)) {
    return {
      key,
      rule: "the program is not installed, or not on PATH",
      fix: "Install the program, then run the command again",
    };
  }
  const rule =
    "the program can't be started: its working directory, or the interpreter in its first line, does not exist";
  return { key, rule: `${rule} (${code})`, fix: "Change to a folder that exists, then run the command again" };
}

const networkRules: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no program listens at this address",
  ECONNRESET: "the connection was closed",
  ECONNABORTED: "the connection was closed",
  EPIPE: "the connection was closed",
  ENOTFOUND: "the name has no address",
  EAI_AGAIN: "no name server answers",
  ETIMEDOUT: "this address does not answer",
  EHOSTUNREACH: "this machine has no route to this address",
  ENETUNREACH: "this machine has no route to this address",
  EADDRINUSE: "another program uses this port",
  EADDRNOTAVAIL: "this machine has no such address",
};

const networkFix = "Check the address and that this machine reaches it, then run the command again";

const networkFixes: Readonly<Record<string, string>> = {
  EADDRINUSE: "Stop the program that uses this port, then run the command again",
  EADDRNOTAVAIL: "Name an address of this machine, then run the command again",
};

function networkError({ code, message, address, hostname, port }: SystemError): ConfigError {
  const host = hostname ?? address;
  const key = host === undefined ? "the network" : `${host}${port === undefined ? "" : `:${port}`}`;
  return {
    key,
    rule: `${networkRules[code] ?? message} (${code})`,
    fix: networkFixes[code] ?? networkFix,
  };
}

function userError(error: ConfigError): UserError {
  return new UserError([error]);
}
