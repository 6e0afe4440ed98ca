import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { UserError } from "../../model/user-error";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-restore-"));
const file = join(home, "Pulumi.test.yaml");
let running: string[];
let isStopped = false;

const docker = {
  listContainers: async () => {
    if (isStopped) throw new Error("the engine is stopped");
    return running.map((Id) => ({ Id }));
  },
} as unknown as Dockerode;

process.env["LIVEKIT_STACK_HOME"] = home;
const { forgetSettings, orRestore, rememberSettings } =
  require("../../scripts/lib/restore") as typeof import("../../scripts/lib/restore");
const { stackFile } = require("../../stacks/env") as typeof import("../../stacks/env");

beforeEach(() => {
  running = ["livekit", "nginx"];
  isStopped = false;
  writeFileSync(file, "good");
  rememberSettings("test");
  writeFileSync(file, "bad");
  jest.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => rmSync(home, { recursive: true }));

const error = (rule: string) => new UserError([{ key: "the engine", rule, fix: "Correct it" }]);

/**
 * Starts the stack with the settings in the stack file. `onBad` and `onGood` replace a start with the settings "bad"
 * and "good". @returns the settings of every attempt
 */
function attempts(onBad: () => unknown, onGood: () => unknown = () => "up") {
  const seen: string[] = [];
  const result = orRestore("test", docker, async () => {
    const settings = readFileSync(stackFile("test") ?? "", "utf8");
    seen.push(settings);
    return settings === "bad" ? onBad() : onGood();
  });
  return { result, seen };
}

function replaceAndFail(): never {
  running = ["nginx"];
  throw error("livekit is unhealthy");
}

test("a failed start rolls back to the settings of the last successful start, and still reports the failure", async () => {
  const { result, seen } = attempts(replaceAndFail);
  await expect(result).rejects.toThrow(/livekit is unhealthy[\s\S]*stack test: the stack runs again with the settings/);
  expect(seen).toEqual(["bad", "good"]);
  expect(readFileSync(stackFile("test") ?? "", "utf8")).toBe("bad");
});

test("a failed rollback reports that the previous settings fail too", async () => {
  const { result } = attempts(replaceAndFail, () => {
    throw error("nginx is unhealthy");
  });
  await expect(result).rejects.toThrow(/livekit is unhealthy[\s\S]*fail as well: the engine: nginx is unhealthy/);
});

test("a failed start does not roll back while all containers of the stack run", async () => {
  const { result, seen } = attempts(() => {
    throw error("LiveKit rejects its file");
  });
  await expect(result).rejects.toThrow(error("LiveKit rejects its file").message);
  expect(seen).toEqual(["bad"]);
});

test("a failed start reports only the error of the start if the Docker engine has stopped", async () => {
  const { result, seen } = attempts(() => {
    isStopped = true;
    throw error("Docker is not running");
  });
  await expect(result).rejects.toThrow(error("Docker is not running").message);
  expect(seen).toEqual(["bad"]);
});

test.each([
  ["the settings are unchanged since the last successful start", () => writeFileSync(file, "good")],
  ["no previous start succeeded", () => rmSync(join(home, ".state/proven"), { recursive: true })],
  ["the settings of the last successful start were deleted", () => forgetSettings("test")],
])("a failed start does not roll back if %s", async (_, prepare) => {
  prepare();
  const { result, seen } = attempts(replaceAndFail, replaceAndFail);
  await expect(result).rejects.toThrow(/^the engine: livekit is unhealthy\. Correct it$/);
  expect(seen).toHaveLength(1);
});

test("an interrupted start does not roll back", async () => {
  const { result, seen } = attempts(() => {
    running = [];
    throw new Error("interrupted");
  });
  await expect(result).rejects.toThrow("interrupted");
  expect(seen).toEqual(["bad"]);
});
