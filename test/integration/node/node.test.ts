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

/** Collects command lines until the file is there; on the machine, so that short ones are seen as well. */
const observe =
  "until [ -e /run/observed ]; do for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $each; echo; done; sleep 0.2; done";

let node: TestNode;
let first: Answer;
let processes: string;

/** One machine boots for all of these: what changes it comes last. One part alone: `-t "the controls"`. */
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
  describe("the controls of its ports", () => portControls(() => node));
  describe("the controls of its encryption", () => encryptionControls(() => node));
  describe("the controls of its secrets", () =>
    secretControls(
      () => node,
      () => processes,
    ));
  describe("the controls of its machine", () => machineControls(() => node));
  describe("the controls of its relay", () => relayControls(() => node));
  describe("under load", () => load(() => node));
  describe("changes under running calls", () => changes(() => node));
});
