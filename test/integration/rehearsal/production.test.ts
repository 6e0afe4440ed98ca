import { groundSuite } from "../../support/ground-suite";
import { Rehearsed } from "../../support/rehearsed";
import { cutCalls } from "../../support/running-call";
import { changes } from "./production/changes";
import { end } from "./production/end";
import { filters } from "./production/filters";
import { replacement } from "./production/replacement";
import { whole } from "./production/whole";

jest.setTimeout(900_000);

let aws: Rehearsed;

/** One stack's life, in this order. */
groundSuite("the production program, rehearsed", () => {
  beforeAll(async () => {
    aws = await Rehearsed.start([
      { path: ["livekit:drainTimeoutSeconds"], value: 120, why: "a test does not wait long" },
    ]);
  });
  afterEach(cutCalls);
  afterAll(() => aws?.remove());

  const subject = () => aws;
  describe("from nothing", () => whole(subject));
  describe("its filters", () => filters(subject));
  describe("its changes", () => changes(subject));
  describe("another machine", () => replacement(subject));
  describe("its end", () => end(subject));
});
