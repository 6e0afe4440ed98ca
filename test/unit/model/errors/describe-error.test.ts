import { AssertionError } from "node:assert";
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { CommandFailure } from "../../../../model/errors/command-failure";
import { describeError, type ErrorContext } from "../../../../model/errors/describe-error";
import { UserError } from "../../../../model/user-error";
import { errorContext } from "../../../../stacks/error-context";
import { moveAway } from "../../../../stacks/move-away";

const rejection = (rule: string) => new UserError([{ key: "key", rule, fix: "Fix it" }]);

/** A user's folders: this user owns /home/me/stack, and root owns /home/me/other and /. */
const context: ErrorContext = {
  folders: [
    { path: "/home/me" },
    { path: "/home/me/.cache/livekit-stack", variable: "XDG_CACHE_HOME" },
    { path: "/tmp", variable: "TMPDIR" },
  ],
  isOwn: (path) => ({ "/home/me/stack": true, "/home/me/it's $&": true, "/home/me/other": false, "/": false })[path],
  platform: "linux",
  env: {},
  systemd: true,
  moveAway,
  hasProgram: (program) => program === "docker",
  diskFull: () => rejection("the disk is full"),
  wrongPassphrase: () => rejection("is not the passphrase"),
};

const systemError = (code: string, syscall: string, more: object) =>
  Object.assign(new Error(`${code}: something, ${syscall}`), { code, errno: -1, syscall, ...more });

const described = (error: unknown) => describeError(error, context)?.message;

test.each<[string, Error, string | RegExp]>([
  [
    "a folder where a file is needed",
    systemError("EISDIR", "read", { path: "/a/.env" }),
    "/a/.env: this path is a folder, but the command needs a file.",
  ],
  [
    "an inaccessible file in a folder of this user",
    systemError("EACCES", "open", { path: "/home/me/stack/.env" }),
    "/home/me/stack/.env: this user may not read or write it (EACCES). Allow it: chmod u+rwX '/home/me/stack'",
  ],
  [
    "an inaccessible folder of another user",
    systemError("EACCES", "mkdir", { path: "/home/me/other/a/b" }),
    `Give it to this user: sudo chown "$(id -u)" '/home/me/other' && chmod u+rwX '/home/me/other'`,
  ],
  ["an inaccessible system folder", systemError("EACCES", "mkdir", { path: "/opt/a" }), "Choose another path"],
  [
    "an inaccessible path with a quote and a replacement pattern",
    systemError("EACCES", "open", { path: "/home/me/it's $&" }),
    "/home/me/it's $&: this user may not read or write it (EACCES). Allow it: chmod u+rwX '/home/me/it'\\''s $&'",
  ],
  [
    "a rename to an inaccessible target",
    systemError("EACCES", "rename", { path: "/home/me/stack/.env.123", dest: "/home/me/stack/.env" }),
    "/home/me/stack/.env: this user may not read or write it (EACCES). Allow it: chmod u+rwX '/home/me/stack'",
  ],
  [
    "a rename to a folder that is not empty",
    systemError("ENOTEMPTY", "rename", { path: "/a", dest: "/b" }),
    /^\/b: this path exists, but is not the file or folder that the command needs/,
  ],
  [
    "a file where a folder is needed",
    systemError("ENOTDIR", "mkdir", { path: "/home/me/stack/a" }),
    "mv '/home/me/stack' '/home/",
  ],
  [
    "an inaccessible cache folder",
    systemError("EACCES", "mkdir", { path: "/home/me/.cache/livekit-stack" }),
    "export XDG_CACHE_HOME=",
  ],
  ["a read-only temporary folder", systemError("EROFS", "mkdir", { path: "/tmp/a" }), "export TMPDIR="],
  [
    "a read-only file system",
    systemError("EROFS", "open", { path: "/home/me/a" }),
    "is on a read-only file system (EROFS)",
  ],
  ["too many open files", systemError("EMFILE", "open", { path: "/home/me/a" }), "ulimit -n"],
  [
    "any other system error",
    systemError("EIO", "read", { path: "/home/me/a" }),
    "/home/me/a: something, read (EIO). Fix the error above",
  ],
  ["a full disk", systemError("ENOSPC", "write", { path: "/home/me/a" }), "the disk is full"],
  ["a full disk that the engine reports", rejection("no space left on device"), /no space left.*\n.*the disk is full/],
  ["an exceeded disk quota", systemError("EDQUOT", "write", { path: "/home/me/a" }), "the disk is full"],
  [
    "a missing program",
    systemError("ENOENT", "spawn git", { path: "git" }),
    "git: the program is not installed, or not on PATH",
  ],
  [
    "a program whose working folder or interpreter is missing",
    systemError("ENOENT", "spawn docker", { path: "docker" }),
    "docker: the program can't be started: its working directory, or the interpreter in its first line, does not exist (ENOENT)",
  ],
  [
    "a port where nothing listens",
    systemError("ECONNREFUSED", "connect", { address: "10.0.0.1", port: 6379 }),
    "10.0.0.1:6379: no program listens at this address (ECONNREFUSED)",
  ],
  [
    "a port that is in use",
    systemError("EADDRINUSE", "listen", { address: "127.0.0.1", port: 7880 }),
    "127.0.0.1:7880: another program uses this port (EADDRINUSE). Stop the program that uses this port",
  ],
  [
    "a host name without an address",
    systemError("ENOTFOUND", "getaddrinfo", { hostname: "a.example" }),
    "a.example: the name has no address",
  ],
  [
    "a fetch whose connection is closed",
    new TypeError("fetch failed", { cause: systemError("ECONNRESET", "read", {}) }),
    "the network: the connection was closed (ECONNRESET)",
  ],
  [
    "a fetch that a proxy rejects",
    new TypeError("fetch failed", { cause: new Error("cancelled", { cause: new Error("Proxy response (403)") }) }),
    "the network: Proxy response (403). Check the address",
  ],
  [
    "an error response of the Docker engine",
    Object.assign(new Error("(HTTP code 500) server error - no"), { statusCode: 500, reason: "server error" }),
    "Docker engine: the Docker engine reports an error: (HTTP code 500) server error - no",
  ],
  [
    "an inaccessible socket of the Docker engine",
    systemError("EACCES", "connect", { address: "/var/run/docker.sock" }),
    "Docker engine: this user has no access to the Docker engine. Join the group docker",
  ],
  [
    "a failed Pulumi command",
    Object.assign(new Error("code: 255\n stderr: error: the stack is locked\n"), { commandResult: {} }),
    "the engine: the stack is locked. Fix the error above",
  ],
  [
    "a wrong passphrase that the Pulumi CLI reports",
    Object.assign(new Error("error: failed to decrypt: incorrect passphrase"), { commandResult: {} }),
    "key: is not the passphrase. Fix it",
  ],
  [
    "a wrong passphrase that the engine reports",
    rejection("get stack secrets: incorrect passphrase"),
    "key: is not the passphrase",
  ],
  [
    "a failed command",
    new CommandFailure("apt-get update", "no network"),
    "apt-get update: no network. Fix the error above",
  ],
  ["a UserError", rejection("rule"), "key: rule. Fix it"],
])("the message for %s states the cause", (_, error, message) => {
  if (message instanceof RegExp) expect(described(error)).toMatch(message);
  else expect(described(error)).toContain(message);
});

test.each([
  systemError("EACCES", "open", { path: "/home/me/stack/.env" }),
  systemError("EACCES", "mkdir", { path: "/home/me/other/a/b" }),
  systemError("EACCES", "mkdir", { path: "/opt/a" }),
  systemError("EROFS", "open", { path: "/tmp/a" }),
  systemError("EISDIR", "read", { path: "/a/.env" }),
  systemError("EPERM", "open", { path: "/home/me/a" }),
  systemError("EMFILE", "open", { path: "/home/me/a" }),
])("on Windows, the message for $code on $path suggests no Unix command", (error) => {
  const onWindows = describeError(error, { ...context, platform: "win32" })?.message ?? "";
  expect(onWindows).toContain((error as unknown as { path: string }).path);
  expect(onWindows).not.toMatch(/chmod|chown|sudo|export|ulimit|lsattr|\bmv\b|\$\(/);
});

test("the message for a program that does not start states whether the program or the working folder is missing", () => {
  const failure = (program: string) => spawnSync(program, { cwd: join(__dirname, "no-such-folder") }).error;
  const here = errorContext();
  expect(describeError(failure(process.execPath), here)?.message).toContain("its working directory");
  expect(describeError(failure("no-such-program"), here)?.message).toContain("is not installed, or not on PATH");
});

test("the message for a failed connection to a host name with several addresses names the address and the cause", async () => {
  const socket = connect({ port: 1, host: "localhost", autoSelectFamily: true });
  const error = await new Promise((resolve) => socket.on("error", resolve));
  expect(described(error)).toMatch(/^(127\.0\.0\.1|::1):1: no program listens at this address/);
});

test("an unresolved YAML alias is a user error, although the YAML parser throws a ReferenceError", () => {
  const read = () => parseDocument("domain: *.example.com").toJS();
  expect(read).toThrow(ReferenceError);
  let message: string | undefined;
  try {
    read();
  } catch (error) {
    message = described(error);
  }
  expect(message).toMatch(/Unresolved alias.*\. Quote a value that begins with \*/);
});

test.each([
  new TypeError("Cannot read properties of undefined (reading 'a')"),
  new ReferenceError("a is not defined"),
  new RangeError("Invalid array length"),
  new AssertionError({ message: "1 is 2" }),
  Object.assign(new TypeError("must be a string"), { code: "ERR_INVALID_ARG_TYPE" }),
  new SyntaxError("Unexpected token"),
  new Error("scripts/toolchain/pulumi/go.mod states no version of Pulumi"),
  "text",
])("%p is a programming error and keeps its stack trace", (error) => {
  expect(describeError(error, context)).toBeUndefined();
});
