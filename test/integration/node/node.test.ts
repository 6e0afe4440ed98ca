import type { Answer } from "../../support/answer";
import { simulatorSuite } from "../../support/simulator-suite";
import { TestNode } from "../../support/test-node";
import { changes } from "./node/changes";
import { encryptionControls } from "./node/controls/encryption";
import { machineControls } from "./node/controls/machine";
import { portControls } from "./node/controls/ports";
import { relayControls } from "./node/controls/relay";
import { secretControls } from "./node/controls/secrets";
import { firstBoot } from "./node/first-boot";
import { load } from "./node/load";

/**
 * Lists the command lines of all processes about five times a second until /run/observed exists. The loop runs on the
 * machine itself: polling from outside would miss short-lived processes.
 */
const observe =
  "until [ -e /run/observed ]; do for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $each; echo; done; sleep 0.2; done";

let node: TestNode;
let first: Answer;
let processes: string;

/** All of these tests share one machine. Tests that change the machine come last. To run one part: `-t "controls"`. */
simulatorSuite("a production node", () => {
  beforeAll(async () => {
    node = await TestNode.launch("node");
    const observed = node.machine.execute(["sh", "-c", `{ ${observe}; } 2>/dev/null`]);
    first = await node.apply();
    await node.machine.run(["touch", "/run/observed"]);
    processes = (await observed).stdout;
  }, 900_000);

  afterAll(() => node?.remove());

  describe("at its first boot", () =>
    firstBoot(
      () => node,
      () => first,
    ));
  describe("port controls", () => portControls(() => node));
  describe("encryption controls", () => encryptionControls(() => node));
  describe("secret controls", () =>
    secretControls(
      () => node,
      () => processes,
    ));
  describe("machine controls", () => machineControls(() => node));
  describe("relay controls", () => relayControls(() => node));
  describe("under load", () => load(() => node));
  describe("changes during calls", () => changes(() => node));
});
