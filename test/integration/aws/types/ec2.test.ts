import { images } from "../../../support/ec2-nodes";
import { openSimulatedAws, type SimulatedAws } from "../../../support/simulated-aws";
import { simulatorSuite } from "../../../support/simulator-suite";
import { networkTypes } from "./ec2/network";
import { refusals } from "./ec2/refusals";

let aws: SimulatedAws;

/** One account for both: what is refused leaves something behind, and so comes last. */
simulatorSuite("EC2's types, by the stand-in of the AWS plugin", () => {
  beforeAll(async () => {
    aws = await openSimulatedAws("ec2", images);
  });
  afterAll(() => aws?.remove());

  describe("a network", () => networkTypes(() => aws));
  describe("what AWS refuses", () => refusals(() => aws));
});
