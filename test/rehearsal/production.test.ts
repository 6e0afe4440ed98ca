import type { RehearsalReport } from "../../scripts/rehearsal/report";
import { Rehearsed } from "../support/rehearsed";
import { cutCalls } from "../support/running-call";
import { simulatorSuite } from "../support/simulator-suite";
import { changes } from "./production/changes";
import { end } from "./production/end";
import { filters } from "./production/filters";
import { replacement } from "./production/replacement";
import { watching } from "./production/watching";
import { whole } from "./production/whole";

let aws: Rehearsed;
let report: RehearsalReport;

/** The life of one stack, in this order, from `npm run rehearse -- --keep` to `--stop`. */
simulatorSuite("the production program, rehearsed", () => {
  beforeAll(async () => {
    [aws, report] = await Rehearsed.kept();
  });
  afterEach(cutCalls);
  afterAll(() => aws?.remove());

  const context = () => aws;
  describe("creating it", () => whole(context, () => report));
  describe("its packet filters", () => filters(context));
  describe("its changes", () => changes(context));
  describe("its monitoring", () => watching(context));
  describe("replacing its node", () => replacement(context));
  describe("removing it", () => end(context));
});
