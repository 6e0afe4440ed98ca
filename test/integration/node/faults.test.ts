import { simulatorSuite } from "../../support/simulator-suite";
import { TestNode } from "../../support/test-node";
import { bundleErrors } from "./faults/bundles";
import { certificateErrors } from "./faults/certificate";
import { machineErrors } from "./faults/machine";
import { requestErrors } from "./faults/requests";

let node: TestNode;

/**
 * All of these tests share one machine, which must serve calls after each test. To run one part:
 * `-t "bundle failures"`.
 */
simulatorSuite("a production node with failures", () => {
  beforeAll(async () => {
    node = await TestNode.launch("faults", { monitoring: true });
    expect(await node.apply()).toMatchObject({ exitCode: 0 });
  }, 900_000);

  afterAll(() => node?.remove());

  describe("bundle failures", () => bundleErrors(() => node));
  describe("foreign requests", () => requestErrors(() => node));
  describe("machine failures", () => machineErrors(() => node));
  describe("certificate failures", () => certificateErrors(() => node));
});
