import { Fleet } from "../support/fleet";
import { groundSuite } from "../support/ground-suite";
import { cutCalls } from "../support/running-call";
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
groundSuite("several nodes and regions, rehearsed", () => {
  beforeAll(async () => {
    fleet = await Fleet.start();
  });
  afterEach(cutCalls);
  afterAll(() => fleet?.aws.remove());

  const subject = () => fleet;
  describe("from nothing", () => whole(subject));
  describe("its calls", () => calls(subject));
  describe("its Redis", () => redis(subject));
  describe("a region that is lost", () => lostRegion(subject));
  describe("a node that is lost", () => lostNode(subject));
  describe("a node less", () => fewer(subject));
  describe("another entry", () => records(subject));
  describe("the primary region that is lost", () => lostPrimary(subject));
});
