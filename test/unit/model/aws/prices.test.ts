import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  balancerMonth,
  defaultCacheNodeType,
  monitoredMonth,
  nodeMonth,
  prices,
  redisMonth,
  sharedMonth,
} from "../../../../model/aws/prices";

const guide = readFileSync(join(__dirname, "../../../../docs/aws.md"), "utf8");

/** Returns the cells of the table row that starts with this text. */
function row(start: string): string[] {
  const line = guide.split("\n").find((each) => each.startsWith(`| ${start}`));
  return (line ?? "")
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

const plain = { alarms: {}, monitoring: false };

test("the operator's guide has the prices of the price table", () => {
  const types = row("one node");
  expect(types).toEqual(["c7i.large", "c7g.large"]);
  expect(row("instance, Elastic IP")).toEqual(types.map((type) => `$${nodeMonth(type, plain)}`));
  const watched = monitoredMonth.toFixed(2);
  expect(row("`livekit:monitoring` adds")).toEqual(types.map(() => `$${watched}`));
  expect(row("the stack's two secrets and its signing key")).toEqual(types.map(() => `$${sharedMonth.toFixed(2)}`));
});

test("the operator's guide has the prices of several nodes", () => {
  expect(row(`Redis: two ${defaultCacheNodeType}`)).toEqual([`$${redisMonth(defaultCacheNodeType)}`]);
  expect(row("a region's load balancer")).toEqual([`$${balancerMonth}`]);
  expect(row("without load balancers, a node's health check")).toEqual([`$${prices.healthCheckMonth.toFixed(2)}`]);
  expect(row("a gigabyte from one region")).toEqual([`$${prices.crossRegionGigabyte}`]);
  expect(redisMonth("cache.z9.large")).toBeUndefined();
});

test("the price of an instance type that the price table lacks is undefined", () => {
  expect(nodeMonth("c99.large", plain)).toBeUndefined();
});
