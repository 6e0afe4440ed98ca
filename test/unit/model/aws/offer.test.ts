import { type Offer, offerErrors, similarTypes, zonesByType, zonesOf } from "../../../../model/aws/offer";
import { planAws } from "../../../../model/aws/plan";
import { regions } from "../../../support/bad-settings";
import { configureAws, fleetValues } from "../../../support/settings";

const [a, b, c] = ["a", "b", "c"].map((zone) => `eu-central-1${zone}`) as [string, string, string];

function errorsOf(values: Readonly<Record<string, string>>, zones: Offer["zones"], unchanged: readonly string[] = []) {
  const { settings } = configureAws(values);
  const [region] = planAws(settings).regions;
  return offerErrors(settings, region, { zones, unchanged });
}

const named = regions({ zones: [a, b] });

test.each([
  ["c7i.large", ["c6i.large", "c8i.large", "c6in.large", "m7i.large"]],
  ["m7g.xlarge", ["c6g.xlarge", "c7g.xlarge", "c8g.xlarge", "c7gn.xlarge"]],
  ["t3.medium", expect.arrayContaining(["c7i.large"])],
])("the instance types suggested instead of %s have the same architecture and a similar size", (name, others) => {
  expect(similarTypes(name)).toEqual(others);
});

test("zonesByType groups availability zones by instance type and omits local zones", () => {
  const types = ["c7i.large", "c7i.large", "c6i.large", "c7i.large"];
  const { settings } = configureAws();
  const zones = zonesByType(planAws(settings).regions[0], types, [b, a, c, "eu-central-1-ham-1a"]);
  expect(zones).toEqual({ "c7i.large": [a, b], "c6i.large": [c] });
});

test.each([
  ["the region", {}, { "c7i.large": [], "m7i.large": [a] }, /in eu-central-1\. Set .* m7i\.large\./],
  [
    "a configured zone of a node",
    named,
    { "c6i.large": [b], "c7i.large": [b], "c8i.large": [a, b] },
    /in eu-central-1a, only/,
  ],
  [
    "as many zones as the nodes need",
    fleetValues,
    { "c7i.large": [a], "c6i.large": [b], "c8i.large": [b, c] },
    /needs 2 zones .* c8i/,
  ],
  [
    "any zone of a region that offers no similar type",
    {},
    { "c7i.large": [] },
    /^is not offered in eu-central-1\. List the types/,
  ],
])(
  "the settings check rejects an instance type that is not offered in %s",
  (_, values, zones: Offer["zones"], message) => {
    const [error, ...others] = errorsOf(values, zones);
    expect([`${error?.rule}. ${error?.fix}`, others]).toEqual([expect.stringMatching(message), []]);
  },
);

test.each([
  ["the existing node already has that type", {}, {}, ["euc1-1"]],
  ["the existing node in that zone already has that type", named, { "c7i.large": [b] }, ["euc1-1"]],
  ["no node is in that zone", named, { "c7i.large": [a] }, []],
])("the settings check accepts an instance type that a zone does not offer if %s", (_, values, zones, unchanged) => {
  expect(errorsOf(values, zones, unchanged)).toEqual([]);
});

test("new subnets are in zones that offer the instance type, or in the first zone if no zone offers the type", () => {
  const [region] = planAws(configureAws().settings).regions;
  expect(zonesOf(region, { zones: { "c7i.large": [b, c] }, unchanged: [] })).toEqual([b, c]);
  expect(zonesOf(region, { zones: {}, unchanged: ["euc1-1"] })).toEqual([a]);
});
