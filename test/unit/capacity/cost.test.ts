import fc from "fast-check";
import { instanceHour, nodeMonth, prices, sharedMonth } from "../../../model/aws/prices";
import { egressCost, egressGigabytes, monthlyBill } from "../../../model/capacity/cost";
import { instanceFamilies, instanceTypes } from "../../../model/capacity/instances";

test("one 720p copy is 0.675 GB an hour", () => {
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

test("every gigabyte costs something more, and never more than the first that is paid for", () => {
  const gigabytes = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(gigabytes, gigabytes, (a, b) => {
      const added = egressCost(a + b) - egressCost(a);
      expect(added).toBeGreaterThanOrEqual(-1e-6);
      expect(added).toBeLessThanOrEqual(b * 0.09 + 1e-6);
    }),
  );
});

test("a month of two nodes, by hand", () => {
  const bill = monthlyBill([{ instanceType: "c7i.large", nodes: 2 }], {}, 1100);
  const months = Object.fromEntries(bill.items.map(({ item, month }) => [item, Number(month.toFixed(2))]));
  expect(months).toEqual({
    "c7i.large": 130.31, //            2 x 0.08925 x 730 = 130.305
    "public IPv4 addresses": 7.3, //   2 x 0.005 x 730
    volumes: 3.2, //                   2 x 20 x 0.08
    "alarms, metrics": 1.2, //         2 x (3 x 0.10 + 0.30)
    secrets: 0.8, //                   2 x 0.40
    "egress to the internet": 90, //   1,000 x 0.09 after the free 100
  });
  expect(bill.month).toBeCloseTo(232.805, 6);
});

test("a bill without traffic is what the operator's guide says of a node and of the stack", () => {
  const bill = monthlyBill([{ instanceType: "c7g.large", nodes: 1 }], {}, 0);
  expect(Math.round(bill.month - sharedMonth)).toBe(nodeMonth("c7g.large", {}));
});

test("a budget of traffic is one alarm more", () => {
  const month = (alarms: object) => monthlyBill([{ instanceType: "c7i.large", nodes: 1 }], alarms, 0).month;
  expect(month({ egressGigabytesPerDay: 500 }) - month({})).toBeCloseTo(prices.alarmMonth, 9);
});

test("more nodes or more traffic never cost less", () => {
  fc.assert(
    fc.property(fc.constantFrom(...instanceTypes), fc.nat(100), fc.nat(200_000), ({ name }, nodes, gigabytes) => {
      const { month } = monthlyBill([{ instanceType: name, nodes }], {}, gigabytes);
      expect(monthlyBill([{ instanceType: name, nodes: nodes + 1 }], {}, gigabytes).month).toBeGreaterThan(month);
      expect(monthlyBill([{ instanceType: name, nodes }], {}, gigabytes + 1).month).toBeGreaterThanOrEqual(month);
    }),
  );
});

test("every family of the planner's table has a price, and every price a family", () => {
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

test.each(["c99.large", "c7i.huge", "c7i"])("%s has no price", (name) => {
  expect(instanceHour(name)).toBeUndefined();
});
