import { openSimulatedAws, type SimulatedAws } from "../../../../../test/support/simulated-aws";
import { simulatorSuite } from "../../../../../test/support/simulator-suite";
import { images } from "../../support/ec2-nodes";
import { networkTypes } from "./ec2/network";
import { rejections } from "./ec2/rejections";

let aws: SimulatedAws;

/**
 * Both suites share one account. Rejected requests leave resources behind that would disturb the other suite, so the
 * rejections are tested last.
 */
simulatorSuite("EC2 types of the simulator's AWS provider", () => {
  beforeAll(async () => {
    aws = await openSimulatedAws("ec2", images);
  });
  afterAll(() => aws?.remove());

  describe("network types", () => networkTypes(() => aws));
  describe("rejections that match AWS", () => rejections(() => aws));
});
