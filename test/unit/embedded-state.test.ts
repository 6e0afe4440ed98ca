import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-state-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { mendState } = require("../../scripts/embedded-state") as typeof import("../../scripts/embedded-state");

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
  mendState("dev");
  expect(existsSync(backend)).toBe(false);
  file(state, "{}");
  file(`${state}.attrs`, "{}");
  mendState("dev");
  expect([file(state), file(`${state}.attrs`)]).toEqual(["{}", "{}"]);
  expect(console.error).not.toHaveBeenCalled();
});

test("a lock goes with the process that held it", () => {
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  file("locks/organization/livekit/dev/dead.json", JSON.stringify({ pid: ended }));
  file("locks/organization/livekit/dev/empty.json", "");
  const held = file("locks/organization/livekit/dev/living.json", JSON.stringify({ pid: process.pid }));
  mendState("dev");
  expect(file("locks/organization/livekit/dev/dead.json")).toBeUndefined();
  expect(file("locks/organization/livekit/dev/empty.json")).toBeUndefined();
  expect(file("locks/organization/livekit/dev/living.json")).toBe(held);
});

test.each([
  ["the one before", '{"former":true}', '{"former":true}'],
  ["none where that is cut off as well", '{"for', undefined],
  ["none where there was none", undefined, undefined],
])("a state that was cut off gives way to %s, and is kept", (_, backup, restored) => {
  file(state, '{"version":3,');
  if (backup !== undefined) file(`${state}.bak`, backup);
  mendState("dev");
  expect(file(state)).toBe(restored);
  expect(file(`${state}.cut-off`)).toBe('{"version":3,');
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("The state was cut off"));
});

test("attributes that were cut off are removed", () => {
  file(`${state}.attrs`, '{"user.');
  mendState("dev");
  expect(file(`${state}.attrs`)).toBeUndefined();
});
