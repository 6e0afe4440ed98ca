import { TestNode } from "../../support/test-node";
import { encryptionControls } from "./controls/encryption";
import { machineControls } from "./controls/machine";
import { portControls } from "./controls/ports";
import { relayControls } from "./controls/relay";
import { secretControls } from "./controls/secrets";

jest.setTimeout(60_000);

/** Collects command lines until the file is there; on the machine, so that short ones are seen as well. */
const observe =
  "until [ -e /run/observed ]; do for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $each; echo; done; sleep 0.2; done";

let node: TestNode;
let processes: string;

beforeAll(async () => {
  node = await TestNode.launch(22);
  const observed = node.machine.execute(["sh", "-c", `{ ${observe}; } 2>/dev/null`]);
  const { exitCode, all } = await node.apply();
  await node.machine.run(["touch", "/run/observed"]);
  processes = (await observed).stdout;
  expect([exitCode, all]).toEqual([0, expect.stringContaining("healthy")]);
}, 900_000);

afterAll(() => node?.remove(), 120_000);

describe("ports", () => portControls(() => node));
describe("encryption", () => encryptionControls(() => node));
describe("secrets", () =>
  secretControls(
    () => node,
    () => processes,
  ));
describe("machine", () => machineControls(() => node));
describe("relay", () => relayControls(() => node));
