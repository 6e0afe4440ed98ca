import fc from "fast-check";
import { instanceHour, monitoredMonth, nodeMonth, prices, sharedMonth } from "../../../model/aws/prices";
import {
  type BilledSettings,
  crossRegionGigabytes,
  egressCost,
  egressGigabytes,
  monthlyBill,
} from "../../../model/capacity/cost";
import { instanceFamilies, instanceTypes } from "../../../model/capacity/instances";

test("one forwarded 720p stream of 1.5 Mbps sends 0.675 GB an hour", () => {
  expect(egressGigabytes({ egressMbps: 1.5 }, 1)).toBeCloseTo(0.675, 12);
});

test.each([
  [0, 0],
  [100, 0], //                                  free
  [1100, 90], //                                1,000 x 0.09
  [10_240, 912.6], //                           10,140 x 0.09
  [20_000, 1742.2], //                          912.60 + 9,760 x 0.085
  [100_000, 7810.2], //                           912.60 + 40,960 x 0.085 + 48,800 x 0.07
  [200_000, 13_882.2], //                       912.60 + 3,481.60 + 102,400 x 0.07 + 46,400 x 0.05
])("%i GB of egress cost $%d", (gigabytes, usd) => {
  expect(egressCost(gigabytes)).toBeCloseTo(usd, 6);
});

test("each additional gigabyte of egress costs at most the price of the first paid tier", () => {
  const gigabytes = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(gigabytes, gigabytes, (a, b) => {
      const added = egressCost(a + b) - egressCost(a);
      expect(added).toBeGreaterThanOrEqual(-1e-6);
      expect(added).toBeLessThanOrEqual(b * 0.09 + 1e-6);
    }),
  );
});

const settings: BilledSettings = { alarms: {}, monitoring: false, redis: {}, loadBalancer: "none" };
const idle = { egress: 0, crossRegion: 0 };

function group(nodes: number, instanceType = "c7i.large", region = "eu-central-1") {
  return { region, instanceType, nodes };
}

function months(...args: Parameters<typeof monthlyBill>): Record<string, number> {
  return Object.fromEntries(monthlyBill(...args).items.map(({ item, month }) => [item, Number(month.toFixed(4))]));
}

test("the monthly cost of one node equals a calculation by hand", () => {
  expect(months([group(1)], settings, { egress: 1100, crossRegion: 0 })).toEqual({
    "c7i.large, eu-central-1": 65.1525, // 0.08925 x 730
    "public IPv4 addresses": 3.65, //    0.005 x 730
    volumes: 1.6, //                     20 x 0.08
    "alarms, metrics": 0.6, //           3 x 0.10 + 0.30
    "secrets, signing key": 1.8, //      2 x 0.40 + 1
    "egress to the internet": 90, //     1,000 x 0.09 after the free 100
  });
});

test("the monthly cost of two regions with shared Redis and load balancers equals a calculation by hand", () => {
  const shared: BilledSettings = { ...settings, redis: { mode: "elasticache" }, loadBalancer: "nlb" };
  const groups = [group(2), group(1, "c7g.large", "us-east-1")];
  expect(months(groups, shared, { egress: 0, crossRegion: 500 })).toEqual({
    "c7i.large, eu-central-1": 130.305, // 2 x 65.1525
    "c7g.large, us-east-1": 52.925, //    0.0725 x 730
    "public IPv4 addresses": 10.95, //    3 x 3.65
    volumes: 4.8,
    "alarms, metrics": 1.8,
    "Redis, cache.t4g.small": 47, //      2 x (0.032 x 730 + 2 x 0.10) = 47.12
    "load balancers": 56, //              2 x (0.0225 + 0.006 + 2 x 0.005) x 730 + 2 x 0.10 = 2 x 28.305
    "secrets, signing key": 1.8,
    "egress to the internet": 0,
    "between regions": 10, //             500 x 0.02
  });
});

test("the monthly bill is the sum of its items", () => {
  const { items, month } = monthlyBill([group(3)], settings, { egress: 12_345, crossRegion: 0 });
  expect(month).toBeCloseTo(
    items.reduce((sum, item) => sum + item.month, 0),
    9,
  );
});

test("the monthly cost of several nodes includes ElastiCache and a load balancer unless the settings replace both", () => {
  expect(Object.keys(months([group(1)], settings, idle))).not.toContain("load balancers");
  expect(Object.keys(months([group(2)], settings, idle))).toEqual(
    expect.arrayContaining(["Redis, cache.t4g.small", "load balancers"]),
  );
  const own: BilledSettings = { ...settings, redis: { mode: "external", address: "redis:6379" }, loadBalancer: "dns" };
  expect(months([group(2)], own, idle)).toMatchObject({ "health checks": 5 }); // 2 x 2.50
  expect(Object.keys(months([group(2)], own, idle)).join()).not.toMatch(/Redis|balancers/);
});

test("the monthly bill lists an ElastiCache node type without a known price, and counts no cost for the node type", () => {
  const odd: BilledSettings = { ...settings, redis: { mode: "elasticache", nodeType: "cache.r9g.large" } };
  const redis = monthlyBill([group(1)], odd, idle).items.find(({ item }) => item === "Redis, cache.r9g.large");
  expect(redis).toMatchObject({ reckoning: "has no price in the table: not counted", month: 0 });
});

test("signalling traffic between regions is 500 bytes a second for each participant outside of the region with Redis", () => {
  // 100 x 500 B/s x 3,600 s x 10 h = 1.8 GB
  expect(crossRegionGigabytes(100, 10)).toBeCloseTo(1.8, 9);
});

test("the monthly bill without traffic equals the cost per node and per stack in the operator's guide", () => {
  const bill = monthlyBill([group(1, "c7g.large")], settings, idle);
  expect(Math.round(bill.month - sharedMonth)).toBe(nodeMonth("c7g.large", settings));
});

test("monitoring adds the monthly cost that the operator's guide states for three alarms, metrics, transfer and logs", () => {
  const month = (monitoring: boolean) => monthlyBill([group(2)], { ...settings, monitoring }, idle).month;
  expect(month(true) - month(false)).toBeCloseTo(2 * monitoredMonth, 9);
});

test("an egress budget adds the monthly cost of one alarm", () => {
  const month = (alarms: object) => monthlyBill([group(1)], { ...settings, alarms }, idle).month;
  expect(month({ egressGigabytesPerDay: 500 }) - month({})).toBeCloseTo(prices.alarmMonth, 9);
});

test("more nodes or more traffic never cost less", () => {
  fc.assert(
    fc.property(fc.constantFrom(...instanceTypes), fc.nat(100), fc.nat(200_000), ({ name }, nodes, egress) => {
      const month = (count: number, gigabytes: number) =>
        monthlyBill([group(count, name)], settings, { egress: gigabytes, crossRegion: 0 }).month;
      expect(month(nodes + 1, egress)).toBeGreaterThan(month(nodes, egress));
      expect(month(nodes, egress + 1)).toBeGreaterThanOrEqual(month(nodes, egress));
    }),
  );
});

test("the price table has exactly the instance families that the capacity planner supports", () => {
  expect(Object.keys(prices.vcpuHour).toSorted()).toEqual([...instanceFamilies].toSorted());
});

test.each([
  ["c7i.large", 0.08925],
  ["c7g.large", 0.0725],
  ["c6in.8xlarge", 1.8144],
  ["c7gn.16xlarge", 3.9936],
  ["m7i.48xlarge", 9.6768],
])("an hour of %s costs $%d", (name, usd) => {
  expect(instanceHour(name)).toBeCloseTo(usd, 9);
});

test.each(["c99.large", "c7i.huge", "c7i"])("an unknown instance type %s has no price", (name) => {
  expect(instanceHour(name)).toBeUndefined();
});
