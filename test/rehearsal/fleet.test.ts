import { Fleet } from "../support/fleet";
import { cutCalls } from "../support/running-call";
import { simulatorSuite } from "../support/simulator-suite";
import { calls } from "./fleet/calls";
import { fewer } from "./fleet/fewer";
import { lostNode } from "./fleet/lost-node";
import { lostPrimary } from "./fleet/lost-primary";
import { lostRegion } from "./fleet/lost-region";
import { records } from "./fleet/records";
import { redis } from "./fleet/redis";
import { whole } from "./fleet/whole";

let fleet: Fleet;

/** The life of two regions of two nodes, in this order. */
simulatorSuite("several nodes and regions, rehearsed", () => {
  beforeAll(async () => {
    fleet = await Fleet.start();
  });
  afterEach(cutCalls);
  afterAll(() => fleet?.aws.remove());

  const context = () => fleet;
  describe("from nothing", () => whole(context));
  describe("its calls", () => calls(context));
  describe("its Redis", () => redis(context));
  describe("a region that is lost", () => lostRegion(context));
  describe("a node that is lost", () => lostNode(context));
  describe("a node less", () => fewer(context));
  describe("another entry", () => records(context));
  describe("the primary region that is lost", () => lostPrimary(context));
});
