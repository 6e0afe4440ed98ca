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

/** Phases in the life of two regions with two nodes each. They run in this order. */
simulatorSuite("several nodes and regions, rehearsed", () => {
  beforeAll(async () => {
    fleet = await Fleet.start();
  });
  afterEach(cutCalls);
  afterAll(() => fleet?.aws.remove());

  const context = () => fleet;
  describe("creating the nodes", () => whole(context));
  describe("calls between nodes", () => calls(context));
  describe("shared Redis", () => redis(context));
  describe("a lost region", () => lostRegion(context));
  describe("a lost node", () => lostNode(context));
  describe("removing a node", () => fewer(context));
  describe("switching to DNS records", () => records(context));
  describe("a lost primary region", () => lostPrimary(context));
});
