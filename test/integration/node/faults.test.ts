import { simulatorSuite } from "../../support/simulator-suite";
import { TestNode } from "../../support/test-node";
import { bundleErrors } from "./faults/bundles";
import { certificateErrors } from "./faults/certificate";
import { machineErrors } from "./faults/machine";

let node: TestNode;

/** One machine boots for all of these, and serves after each. One part alone: `-t "the faults of its bundles"`. */
simulatorSuite("a production node", () => {
  beforeAll(async () => {
    node = await TestNode.launch("faults", { monitoring: true });
    expect(await node.apply()).toMatchObject({ exitCode: 0 });
  }, 900_000);

  afterAll(() => node?.remove());

  describe("the faults of its bundles", () => bundleErrors(() => node));
  describe("the faults of its machine", () => machineErrors(() => node));
  describe("the faults of its certificate", () => certificateErrors(() => node));
});
