import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-state-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: home, PULUMI_HOME: join(home, "pulumi") });
delete process.env["PULUMI_BACKEND_URL"];
const { forgetState, repairState } =
  require("../../scripts/lib/embedded-state") as typeof import("../../scripts/lib/embedded-state");

const backend = join(home, ".state/.pulumi");
const state = "stacks/livekit/dev.json";

/** Writes a file of the backend if content is given, and reads it otherwise. */
function file(name: string, content?: string | Buffer): string | undefined {
  const path = join(backend, name);
  if (content === undefined) return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return String(content);
}

beforeEach(() => void jest.spyOn(console, "error").mockImplementation());
afterEach(() => rmSync(backend, { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true }));

test("repair leaves a missing or valid Pulumi state unchanged", () => {
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

test("repair removes a state lock whose process has ended", () => {
  file(`${locks}/dead.json`, JSON.stringify({ pid: ended, hostname: hostname() }));
  file(`${locks}/empty.json`, "");
  repairState("dev");
  expect(file(`${locks}/dead.json`)).toBeUndefined();
  expect(file(`${locks}/empty.json`)).toBeUndefined();
});

test.each([
  ["running process", { pid: process.pid, hostname: hostname() }],
  ["process on another machine", { pid: ended, hostname: "another" }],
])("repair changes nothing while a %s holds a lock on the state", (_, holder) => {
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
  ["restores the backup", '{"former":true}', '{"former":true}'],
  ["deletes the state file if the backup is truncated too", '{"for', undefined],
  ["deletes the state file if there is no backup", undefined, undefined],
])("repair keeps a copy of a truncated state and %s", (_, backup, restored) => {
  file(state, '{"version":3,');
  if (backup !== undefined) file(`${state}.bak`, backup);
  expect(repairState("dev")).toBe(true);
  expect(file(state)).toBe(restored);
  expect(file(`${state}.cut-off`)).toBe('{"version":3,');
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("The state was truncated"));
});

const whole = gzipSync('{"former":true}');

test.each<[string, string, Buffer, string]>([
  ["the compressed backup", `${state}.gz.bak`, whole, `${state}.gz`],
  [
    "the uncompressed backup, written before PULUMI_SELF_MANAGED_STATE_GZIP was set",
    `${state}.bak`,
    Buffer.from('{"former":true}'),
    state,
  ],
])("repair replaces a truncated compressed state with %s", (_, name, before, restored) => {
  file(`${state}.gz`, gzipSync('{"version":3}').subarray(0, 15));
  file(name, before);
  expect(repairState("dev")).toBe(true);
  expect(readFileSync(join(backend, restored))).toEqual(before);
  expect(existsSync(join(backend, `${state}.gz.cut-off`))).toBe(true);
});

test("repair replaces a truncated state with the later of two backups", () => {
  file(`${state}.gz`, whole.subarray(0, 15));
  file(`${state}.gz.bak`, whole);
  file(`${state}.bak`, '{"stale":true}');
  utimesSync(join(backend, `${state}.bak`), 1000, 1000);
  expect(repairState("dev")).toBe(true);
  expect(readFileSync(join(backend, `${state}.gz`))).toEqual(whole);
  expect(existsSync(join(backend, state))).toBe(false);
});

test("repair uses a complete state with the other ending (.json or .json.gz) instead of a backup of the truncated state", () => {
  file(`${state}.gz`, whole.subarray(0, 15));
  file(`${state}.gz.bak`, whole);
  file(state, '{"current":true}');
  expect(repairState("dev")).toBe(true);
  expect(file(state)).toBe('{"current":true}');
  expect(existsSync(join(backend, `${state}.gz`))).toBe(false);
});

/** `{"former":true}`, as the zstd command compresses it. */
const zstd = Buffer.from("KLUv/QRYeQAAeyJmb3JtZXIiOnRydWV95gI2Gg==", "base64");

test.each([
  [".gz", whole],
  [".zst", zstd],
])(
  "repair keeps a valid state with the ending %s, and restores its backup if the state is truncated",
  (ending, content) => {
    const path = join(backend, `${state}${ending}`);
    file(`${state}${ending}`, content);
    expect(repairState("dev")).toBe(false);
    expect(readFileSync(path)).toEqual(content);
    file(`${state}${ending}`, content.subarray(0, 15));
    file(`${state}${ending}.bak`, content);
    expect(repairState("dev")).toBe(true);
    expect(readFileSync(path)).toEqual(content);
    expect(readFileSync(`${path}.cut-off`)).toEqual(content.subarray(0, 15));
  },
);

test("repair never overwrites its earlier copy of a truncated or forgotten state", () => {
  file(`${state}.cut-off`, "earlier");
  file(state, '{"version":3,');
  expect(repairState("dev")).toBe(true);
  expect([file(`${state}.cut-off`), file(`${state}.cut-off2`)]).toEqual(["earlier", '{"version":3,']);
  file(`${state}.forgotten`, "earlier");
  file(state, "{}");
  expect(forgetState("dev", join(backend, state))).toBe(join(backend, `${state}.forgotten2`));
  expect([file(`${state}.forgotten`), file(`${state}.forgotten2`)]).toEqual(["earlier", "{}"]);
});

describe("with the user's own backend folder", () => {
  const folder = join(home, "own");
  const own = join(folder, ".pulumi", state);
  beforeAll(() => void Object.assign(process.env, { PULUMI_BACKEND_URL: `file://${folder}` }));
  afterAll(() => void delete process.env["PULUMI_BACKEND_URL"]);

  test("reports a truncated state with the repair commands and does not change the embedded state", () => {
    mkdirSync(dirname(own), { recursive: true });
    writeFileSync(`${own}.gz`, whole.subarray(0, 15));
    writeFileSync(`${own}.gz.bak`, whole);
    file(state, '{"version":3,');
    expect(() => repairState("dev")).toThrow(
      `${own}.gz: the file is truncated, for example because the disk was full or a command was killed. Wait until other commands of this stack have ended. If none is running, move the file away: mv '${own}.gz' '${own}.gz.cut-off', then restore the previous one: cp '${own}.gz.bak' '${own}.gz'`,
    );
    expect(file(state)).toBe('{"version":3,');
    writeFileSync(`${own}.gz`, whole);
    expect(repairState("dev")).toBe(false);
  });
});

test("repair removes a truncated attributes file of the state", () => {
  file(`${state}.attrs`, '{"user.');
  repairState("dev");
  expect(file(`${state}.attrs`)).toBeUndefined();
});
