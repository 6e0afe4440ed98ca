import { planLocalFleet } from "../../model/fleet";
import type { Tools } from "../../scripts/toolchain/index";
import { configure, testHost } from "../support/settings";

const steps: string[] = [];
const checks = ["checkPorts", "openStack", "rejectForeign", "rejectOtherState", "removeOrphans"] as const;
let failing: string | undefined;

/** Returns a function that records its call, or fails. */
function step<Result>(name: string, result?: Result): () => Promise<Result | undefined> {
  return async () => {
    if (failing === name) throw new Error(`${name} failed`);
    steps.push(name);
    return result;
  };
}

jest.mock("../../scripts/lib/check-ports", () => ({ checkPorts: step("checkPorts") }));
jest.mock("../../scripts/lib/embedded-state", () => ({ repairState: () => false }));
jest.mock("../../scripts/lib/engine", () => ({ openStack: step("openStack", { up: step("up", { outputs: {} }) }) }));
jest.mock("../../scripts/lib/orphans", () => ({
  rejectForeign: step("rejectForeign"),
  rejectOtherState: step("rejectOtherState"),
  removeOrphans: step("removeOrphans"),
}));
jest.mock("../../scripts/lib/load-stack", () => ({ planFromFile: async () => plan() }));
jest.mock("../../scripts/lib/progress", () => ({ shown: (_: string, work: (options: object) => unknown) => work({}) }));
jest.mock("../../scripts/lib/stack-outputs", () => ({ plainOutputs: () => ({}) }));
jest.mock("../../scripts/lib/unhealthy-logs", () => ({
  withUnhealthyLogs: (_: unknown, __: unknown, work: () => unknown) => work(),
}));

function plan() {
  const { settings, secrets } = configure();
  return { fleet: planLocalFleet(settings, testHost), settings, secrets };
}

function deploy(): Promise<unknown> {
  const { deployLocal } = require("../../scripts/lib/deploy-local") as typeof import("../../scripts/lib/deploy-local");
  return deployLocal("dev", {} as Tools, () => steps.push("retire the CA"));
}

beforeEach(() => {
  steps.length = 0;
  failing = undefined;
});

test("npm start -- --replace-ca retires the CA after all checks, directly before the update", async () => {
  await deploy();
  expect(steps).toEqual([...checks, "retire the CA", "up"]);
});

test.each(checks)("npm start -- --replace-ca keeps the CA if %s fails", async (name) => {
  failing = name;
  await expect(deploy()).rejects.toThrow(`${name} failed`);
  expect(steps).not.toContain("retire the CA");
});
