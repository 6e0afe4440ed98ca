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

/** Phases in the life of one stack, from `npm run rehearse -- --keep` to `--stop`. They run in this order. */
simulatorSuite("the production program, rehearsed", () => {
  beforeAll(async () => {
    [aws, report] = await Rehearsed.kept();
  });
  afterEach(cutCalls);
  afterAll(() => aws?.remove());

  const context = () => aws;
  describe("creating the stack", () => whole(context, () => report));
  describe("packet filters", () => filters(context));
  describe("changes", () => changes(context));
  describe("monitoring", () => watching(context));
  describe("replacing the node", () => replacement(context));
  describe("removing the stack", () => end(context));
});
