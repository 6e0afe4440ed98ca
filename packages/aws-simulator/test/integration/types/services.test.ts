import { builtImageName } from "../../../../../images/catalog";
import { officialImageName } from "../../../../../model/images";
import { ensureRehearsal } from "../../../../../scripts/toolchain/rehearsal";
import { testMachine } from "../../../../../test/support/machine";
import { openSimulatedAws, type SimulatedAws } from "../../../../../test/support/simulated-aws";
import { simulatorSuite } from "../../../../../test/support/simulator-suite";
import { entryTypes } from "./services/entry";
import { storageTypes } from "./services/storage";

let aws: SimulatedAws;

/** Both suites share one account, because each leaves nothing behind. */
simulatorSuite("service types of the simulator's AWS provider", () => {
  beforeAll(async () => {
    const { imageSource } = await ensureRehearsal(testMachine, () => {});
    const image = imageSource === "build" ? builtImageName("redis") : officialImageName("redis");
    process.env["LIVEKIT_SIMULATOR_REDIS_IMAGE"] = image;
    aws = await openSimulatedAws("services");
  });
  afterAll(() => aws?.remove());

  describe("storage, identity and monitoring", () => storageTypes(() => aws));
  describe("names, load balancing and a shared Redis", () => entryTypes(() => aws));
});
