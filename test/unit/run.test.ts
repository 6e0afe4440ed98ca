import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const project = mkdtempSync(join(tmpdir(), "livekit-stack-run-"));
const log = join(project, "npm.log");

/** A project whose one command says hello, and an npm that takes a while and tells of itself. */
beforeAll(() => {
  for (const folder of ["scripts", "bin"]) mkdirSync(join(project, folder));
  copyFileSync(join(__dirname, "../../scripts/run.mjs"), join(project, "scripts/run.mjs"));
  writeFileSync(join(project, "scripts/typescript.cjs"), "");
  writeFileSync(join(project, "scripts/hello.ts"), "console.log('hello', process.argv[2])");
  writeFileSync(join(project, "package-lock.json"), "{}");
  writeFileSync(join(project, "bin/npm"), `#!/bin/sh\nsleep 0.3; mkdir -p node_modules; echo "$*" >> "${log}"\n`);
  chmodSync(join(project, "bin/npm"), 0o755);
});

beforeEach(() => rmSync(join(project, "node_modules"), { recursive: true, force: true }));
afterEach(() => rmSync(log, { force: true }));
afterAll(() => rmSync(project, { recursive: true }));

async function hello(name: string): Promise<string> {
  const child = spawn(process.execPath, [join(project, "scripts/run.mjs"), "hello", name], {
    env: { ...process.env, PATH: `${join(project, "bin")}${delimiter}${process.env["PATH"]}` },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  await once(child, "close");
  return said;
}

test("packages are installed once, also when two commands begin at once, and not again", async () => {
  expect(await Promise.all([hello("one"), hello("two")])).toEqual(["hello one\n", "hello two\n"]);
  expect(await hello("three")).toBe("hello three\n");
  expect(readFileSync(log, "utf8")).toBe("ci --include=dev --no-fund --no-audit\n");
});

test("a lock file that has changed installs again", async () => {
  await hello("one");
  writeFileSync(join(project, "package-lock.json"), "{ }");
  await hello("two");
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(2);
});

test("an install that was killed does not block the next ones, of which one installs", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(join(project, ".installing"), String(pid));
  expect(await Promise.all([hello("one"), hello("two")])).toEqual(["hello one\n", "hello two\n"]);
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(1);
  expect(readdirSync(project).filter((name) => name.startsWith(".installing"))).toEqual([]);
});
