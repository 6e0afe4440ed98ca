import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-state-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { repairState } = require("../../scripts/embedded-state") as typeof import("../../scripts/embedded-state");

const backend = join(home, ".state/.pulumi");
const state = "stacks/livekit/dev.json";

/** A file of the backend: written, or read. */
function file(name: string, content?: string): string | undefined {
  const path = join(backend, name);
  if (content === undefined) return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return content;
}

beforeEach(() => void jest.spyOn(console, "error").mockImplementation());
afterEach(() => rmSync(backend, { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true }));

test("nothing there and nothing broken: nothing changes", () => {
  repairState("dev");
  expect(existsSync(backend)).toBe(false);
  file(state, "{}");
  file(`${state}.attrs`, "{}");
  repairState("dev");
  expect([file(state), file(`${state}.attrs`)]).toEqual(["{}", "{}"]);
  expect(console.error).not.toHaveBeenCalled();
});

const locks = "locks/organization/livekit/dev";
const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);

test("a lock goes with the process that held it", () => {
  file(`${locks}/dead.json`, JSON.stringify({ pid: ended, hostname: hostname() }));
  file(`${locks}/empty.json`, "");
  repairState("dev");
  expect(file(`${locks}/dead.json`)).toBeUndefined();
  expect(file(`${locks}/empty.json`)).toBeUndefined();
});

test.each([
  ["process that lives", { pid: process.pid, hostname: hostname() }],
  ["machine whose processes can't be seen", { pid: ended, hostname: "another" }],
])("under the lock of a %s nothing is mended", (_, holder) => {
  const left = {
    [`${locks}/held.json`]: JSON.stringify(holder),
    [`${locks}/dead.json`]: JSON.stringify({ pid: ended, hostname: hostname() }),
    [`${state}.attrs`]: '{"user.',
    [state]: '{"version":3,',
  };
  for (const [name, content] of Object.entries(left)) file(name, content);
  expect(repairState("dev")).toBe(false);
  for (const [name, content] of Object.entries(left)) expect(file(name)).toBe(content);
});

test.each([
  ["the one before", '{"former":true}', '{"former":true}'],
  ["none where that is cut off as well", '{"for', undefined],
  ["none where there was none", undefined, undefined],
])("a state that was cut off gives way to %s, and is kept", (_, backup, restored) => {
  file(state, '{"version":3,');
  if (backup !== undefined) file(`${state}.bak`, backup);
  expect(repairState("dev")).toBe(true);
  expect(file(state)).toBe(restored);
  expect(file(`${state}.cut-off`)).toBe('{"version":3,');
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("The state was cut off"));
});

test("attributes that were cut off are removed", () => {
  file(`${state}.attrs`, '{"user.');
  repairState("dev");
  expect(file(`${state}.attrs`)).toBeUndefined();
});
