import { openSimulatedAws, type SimulatedAws } from "../../../../../test/support/simulated-aws";
import { simulatorSuite } from "../../../../../test/support/simulator-suite";
import { images } from "../../support/ec2-nodes";
import { networkTypes } from "./ec2/network";
import { rejections } from "./ec2/rejections";

let aws: SimulatedAws;

/**
 * Both suites share one account. What a rejected request leaves behind would disturb others, so these tests come last.
 */
simulatorSuite("EC2 types of the simulator's AWS provider", () => {
  beforeAll(async () => {
    aws = await openSimulatedAws("ec2", images);
  });
  afterAll(() => aws?.remove());

  describe("network types", () => networkTypes(() => aws));
  describe("rejections that match AWS", () => rejections(() => aws));
});
