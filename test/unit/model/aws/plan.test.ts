import { awsFleet, planAws } from "../../../../model/aws/plan";
import { awsRegions, regionCode } from "../../../../model/aws/regions";
import { networksOverlap } from "../../../../model/cidr";
import { joinTargets, sharedRedisNote } from "../../../../model/outputs";
import { awsValues, configureAws, fleetValues, testRegion, trioValues } from "../../../support/settings";

const planOf = (values: object) => planAws(configureAws({ ...awsValues, ...values }).settings);
const shared = { redis: '{"mode": "elasticache"}', loadBalancer: "nlb" };
const regionsOf = (...changes: object[]) => ({
  ...shared,
  regions: JSON.stringify(changes.map((change) => ({ ...testRegion, ...change }))),
});
const near = { nodes: 3, primary: true };
const far = { name: "us-east-1", cidr: "10.1.0.0/16", nodes: 2 };

test("plans the same regions and nodes for any order of livekit:regions", () => {
  const { settings, ...plan } = planOf(regionsOf(near, far));
  const { settings: _, ...reordered } = planOf(regionsOf(far, near));
  expect(reordered).toEqual(plan);
  expect(plan.nodes.map(({ name }) => name)).toEqual(["euc1-1", "euc1-2", "euc1-3", "use1-1", "use1-2"]);
});

test("an added node or region does not change the other nodes' plans", () => {
  const before = planOf(regionsOf(near));
  const after = planOf(regionsOf({ ...near, nodes: 4 }, far));
  expect(after.nodes).toEqual(expect.arrayContaining([...before.nodes]));
  expect(after.regions[0].subnets).toEqual(before.regions[0].subnets);
});

test("each node has a unique private address that AWS neither reserves nor assigns to other instances", () => {
  const names = Object.keys(awsRegions).slice(0, 8);
  const world = names.map((name, i) => ({ name, cidr: `10.${i}.0.0/22`, nodes: 16, primary: i === 0 }));
  const plan = planOf(regionsOf(...world));
  expect(plan.nodes).toHaveLength(128);
  expect(new Set(plan.nodes.map(({ privateAddress }) => privateAddress)).size).toBe(128);
  const subnets = plan.regions.flatMap((region) => [...region.subnets, ...region.sharedSubnets]);
  for (const [i, { cidr }] of subnets.entries()) {
    for (const other of subnets.slice(i + 1)) expect(networksOverlap(cidr, other.cidr)).toBe(false);
  }
  for (const { privateAddress, subnet } of plan.nodes) {
    expect(networksOverlap(subnet.cidr, `${privateAddress}/32`)).toBe(true);
    expect(Number(privateAddress.split(".")[3]) % 128).toBeGreaterThanOrEqual(4);
  }
});

test("spreads nodes over the availability zones", () => {
  const zones = ["a", "b", "c"].map((zone) => `eu-central-1${zone}`);
  const { nodes } = planOf(regionsOf({ ...near, nodes: 7, zones }));
  const counts = zones.map((zone) => nodes.filter(({ subnet }) => subnet.zone === zone).length);
  expect(counts).toEqual([3, 2, 2]);
});

test("the primary region is the first region of the plan, and its first node requests the certificate", () => {
  const plan = planOf(regionsOf({ ...near, primary: false }, { ...far, primary: true }));
  expect([plan.issuer, plan.regions[0].name]).toEqual(["use1-1", "us-east-1"]);
});

test("every region has coordinates and a unique code", () => {
  const codes = Object.keys(awsRegions).map(regionCode);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { lat, lon } of Object.values(awsRegions)) expect(Math.abs(lat) <= 90 && Math.abs(lon) <= 180).toBe(true);
});

test("a region's configured coordinates replace the known coordinates", () => {
  const fleet = awsFleet(planOf(regionsOf({ ...near, lat: 48.1, lon: 11.6 }, far)));
  const own = { ...awsRegions, "eu-central-1": { lat: 48.1, lon: 11.6 } };
  expect(fleet.regions).toEqual(Object.entries(own).map(([name, place]) => ({ name, ...place })));
});

test.each([
  [{}, { "livekit.example.com": "eu-central-1: euc1-1" }],
  [
    fleetValues,
    {
      "livekit.example.com": "the nearest of euc1.example.com, use1.example.com",
      "euc1.example.com": "eu-central-1, nlb: euc1-1, euc1-2",
      "use1.example.com": "us-east-1, nlb: use1-1, use1-2",
    },
  ],
  [
    trioValues,
    {
      "livekit.example.com": "the nearest of euc1.example.com",
      "euc1.example.com": "eu-central-1, dns: euc1-1, euc1-2, euc1-3",
    },
  ],
])("outputs map each DNS name to its targets (case %#)", (values, targets) => {
  expect(joinTargets(planOf(values))).toEqual(targets);
});

test("the outputs of several nodes name the shared Redis", () => {
  expect(sharedRedisNote(planOf({}))).toBeUndefined();
  expect(sharedRedisNote(planOf(fleetValues))).toMatch(
    /^one for all nodes, in eu-central-1: with one per node, .*\. While it is down, /,
  );
  expect(sharedRedisNote(planOf(trioValues))).toContain("at redis.example.org:6380");
});

test("awsFleet requires the address of every node, but only if the caller passes allocated addresses", () => {
  const plan = planOf({});
  expect(() => awsFleet(plan, {})).toThrow(`address of ${plan.issuer}`);
  expect(awsFleet(plan).nodes.map(({ name }) => name)).toEqual([plan.issuer]);
});
