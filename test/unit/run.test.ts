import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";

const project = mkdtempSync(join(tmpdir(), "livekit-stack-run-"));
const log = join(project, "npm.log");

const lock = join(project, "package-lock.json");
/** npm's own list of installed packages. */
const installed = join(project, "node_modules/.package-lock.json");

const wanted = { version: "1.0.0", integrity: "sha512-one" };
const ofOtherMachines = { version: "1.0.0", optional: true };

/** Renders packages in the format that package-lock.json and npm's own list share. */
function list(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages });
}

/** A project with one command that prints hello, and a slow npm that logs its runs. */
beforeAll(() => {
  for (const folder of ["scripts/lib", "scripts/commands", "bin"])
    mkdirSync(join(project, folder), { recursive: true });
  copyFileSync(join(__dirname, "../../scripts/bin.mjs"), join(project, "scripts/bin.mjs"));
  const runCommand = readFileSync(join(__dirname, "../../scripts/lib/run-command.mjs"), "utf8");
  // Shortens the lock's renewal interval, so that a killed install blocks the next ones for 1 second instead of 10.
  const faster = runCommand.replace("renewMs = 1000", "renewMs = 100");
  writeFileSync(join(project, "scripts/lib/run-command.mjs"), faster);
  writeFileSync(join(project, "scripts/lib/typescript.cjs"), "");
  writeFileSync(join(project, "scripts/commands/hello.ts"), "console.log('hello', process.argv[2])");
  const install = "mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json";
  writeFileSync(join(project, "bin/npm"), `#!/bin/sh\nsleep 0.3; ${install}; echo "$*" >> "${log}"\n`);
  chmodSync(join(project, "bin/npm"), 0o755);
});

beforeEach(() => {
  rmSync(join(project, "node_modules"), { recursive: true, force: true });
  const root = { name: "livekit-stack", version: "0.1.0" };
  writeFileSync(lock, list({ "": root, "node_modules/one": wanted, "node_modules/other": ofOtherMachines }));
});
afterEach(() => rmSync(log, { force: true }));
afterAll(() => rmSync(project, { recursive: true }));

function start(name: string) {
  return spawn(process.execPath, [join(project, "scripts/bin.mjs"), "hello", name], {
    env: { ...process.env, PATH: `${join(project, "bin")}${delimiter}${process.env["PATH"]}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function hello(name: string): Promise<string> {
  const { stdout, stderr } = start(name);
  stderr.resume();
  return text(stdout);
}

test("a command installs npm packages once, even if two commands run concurrently", async () => {
  expect(await Promise.all([hello("one"), hello("two")])).toEqual(["hello one\n", "hello two\n"]);
  expect(await hello("three")).toBe("hello three\n");
  expect(readFileSync(log, "utf8")).toBe("ci --include=dev --no-fund --no-audit --loglevel=error\n");
});

test("a command installs npm packages again after a change of package-lock.json", async () => {
  await hello("one");
  writeFileSync(lock, list({ "node_modules/one": { version: "1.0.1", integrity: "sha512-other" } }));
  await hello("two");
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(2);
});

test.each([
  ["does not reinstall complete packages", { "node_modules/one": wanted }, 0],
  [
    "reinstalls packages if a package has another version than in package-lock.json",
    { "node_modules/one": { ...wanted, version: "0.9.0" } },
    1,
  ],
  [
    "reinstalls packages if a package has another integrity hash than in package-lock.json",
    { "node_modules/one": { ...wanted, integrity: "sha512-two" } },
    1,
  ],
  ["reinstalls packages if a required package is missing", { "node_modules/other": ofOtherMachines }, 1],
])("after the user has run npm, a command %s", async (_, packages, installs) => {
  mkdirSync(join(project, "node_modules"));
  writeFileSync(installed, list(packages));
  expect(await hello("one")).toBe("hello one\n");
  expect(existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []).toHaveLength(installs);
});

/** Install locks on disk. */
const locks = () => readdirSync(project).filter((name) => name.startsWith(".installing"));

test("after a killed install, one of the next commands installs the packages and no command is blocked", async () => {
  mkdirSync(join(project, ".installing"));
  const names = ["one", "two", "three", "four", "five", "six"];
  expect(await Promise.all(names.map(hello))).toEqual(names.map((name) => `hello ${name}\n`));
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(1);
  expect(locks()).toEqual([]);
});

test("a paused install fails if another process has taken the lock, and does not delete that process's lock", async () => {
  const child = start("one");
  const output = text(child.stderr);
  const ended = once(child, "close");
  await once(child.stderr, "data");
  child.kill("SIGSTOP");
  rmSync(join(project, ".installing"), { recursive: true });
  mkdirSync(join(project, ".installing"));
  child.kill("SIGCONT");
  expect(await ended).toEqual([1, null]);
  expect(await text(child.stdout)).toBe("");
  expect(await output).toMatch(/lost its lock: it was paused, or the lock was deleted. Run the command again\n$/);
  expect(locks()).toEqual([".installing"]);
  rmSync(join(project, ".installing"), { recursive: true });
});

test("an interrupted install releases its lock and runs no command", async () => {
  const child = start("one");
  const ended = once(child, "close");
  await once(child.stderr, "data");
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(await text(child.stdout)).toBe("");
  expect(locks()).toEqual([]);
});

test("an invalid list of installed packages causes a new install; an invalid package-lock.json causes an error with the fix", async () => {
  mkdirSync(join(project, "node_modules"));
  writeFileSync(installed, "{");
  expect(await hello("one")).toBe("hello one\n");
  writeFileSync(lock, "<<<<<<< HEAD\n");
  const run = spawnSync(process.execPath, [join(project, "scripts/bin.mjs"), "hello"], { encoding: "utf8" });
  expect(run.stderr).toBe(`${lock}: is not JSON. Restore it: git checkout -- package-lock.json\n`);
  expect(run.status).toBe(1);
});

test("a command reports an unreadable package-lock.json without a stack trace", () => {
  rmSync(lock);
  mkdirSync(lock);
  const run = spawnSync(process.execPath, [join(project, "scripts/bin.mjs"), "hello"], { encoding: "utf8" });
  rmSync(lock, { recursive: true });
  expect([run.status, run.stderr]).toEqual([1, expect.stringContaining("EISDIR")]);
  expect(run.stderr).not.toMatch(/^\s+at /m);
});
