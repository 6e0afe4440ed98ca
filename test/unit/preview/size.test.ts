import { awsFleet } from "../../../model/aws/plan";
import { hoursPerMonth } from "../../../model/aws/prices";
import { assess } from "../../../model/capacity/assess";
import { defaultRoom } from "../../../model/capacity/load";
import { sizeChange } from "../../../model/preview/size";
import { awsPlanFromFile } from "../../../scripts/lib/load-stack";
import { awsSites } from "../../../scripts/plan/context";
import { costsOf } from "../../../scripts/plan/costs";
import { compare } from "../../../scripts/preview/golden";
import { readGolden } from "../../support/golden";
import { testSecrets } from "../../support/settings";

const size = (stack: string) => sizeChange(compare([], readGolden(stack)));
const items = (stack: string) =>
  Object.fromEntries((size(stack)?.after.bill.items ?? []).map(({ item, month }) => [item, Number(month.toFixed(2))]));

test("the cost and capacity of two regions with two nodes each equal a calculation by hand", () => {
  expect(items("fleet")).toEqual({
    "c7i.large, eu-central-1": 130.31, // 2 x 0.08925 x 730
    "c7i.large, us-east-1": 130.31,
    "public IPv4 addresses": 14.6, //     4 x 0.005 x 730
    volumes: 6.4, //                      4 x 20 x 0.08
    "alarms, metrics": 2.4, //            4 x (3 x 0.10 + 0.30)
    "Redis, cache.t4g.small": 47,
    "load balancers": 56, //              2 x 28
    "secrets, signing key": 1.8,
    "egress to the internet": 0,
    "between regions": 0,
  });
});

test("the bill includes alarms for an egress budget and monitoring, and health checks for nodes without load balancers", () => {
  expect(items("graviton")["alarms, metrics"]).toBe(1.9); // 7 x 0.10 + (1 + 3) x 0.30
  expect(items("trio")).toMatchObject({ "health checks": 7.5 });
  expect(Object.keys(items("trio")).join()).not.toMatch(/Redis|balancers/);
});

test("the preview's cost and room count of the example prod equal those of npm run plan", () => {
  const plan = awsPlanFromFile("prod", testSecrets);
  const assessment = assess(awsSites(plan, awsFleet(plan)), { shape: defaultRoom });
  const planned = costsOf(assessment, plan.settings, "eu-central-1", hoursPerMonth).configured;
  const { after } = size("prod") ?? {};
  expect(after?.bill.month).toBeCloseTo(planned.month, 9);
  expect(after?.rooms).toEqual(assessment.sites[0]?.roomsPerNode);
});

test("an empty stack carries no rooms and costs nothing", () => {
  expect(size("prod")?.before).toMatchObject({ nodes: [], rooms: { expected: 0 }, bill: { month: 0 } });
  expect(sizeChange([])).toBeUndefined();
});

test("the stack's size reports an unknown instance type as not counted", () => {
  const odd = readGolden("prod").map((each) =>
    each.name === "euc1-1-instance" ? { ...each, inputs: { ...each.inputs, instanceType: "t3.large" } } : each,
  );
  expect(sizeChange(compare([], odd))?.after.uncounted).toEqual(["t3.large"]);
});
