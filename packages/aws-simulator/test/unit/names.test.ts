import { resolve } from "../../network/names";
import type { RecordSet, Zone } from "../../network/route53";

const set = (name: string, type: string, values: string[], more: Partial<RecordSet> = {}): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
  ...more,
});

const zone: Zone = {
  name: "example.com",
  records: [
    set("example.com", "SOA", ["ns1.example.net. hostmaster.example.com. 1 7200 900 1209600 86400"]),
    set("turn.example.com", "A", ["198.51.100.4", "198.51.100.5"]),
    set("livekit.example.com", "A", [], { alias: "euc1.example.com" }),
    set("euc1.example.com", "A", ["198.51.100.4"], { weight: 1 }),
    set("euc1.example.com", "A", ["198.51.100.5"], { weight: 0 }),
    set("www.example.com", "CNAME", ["turn.example.com."]),
    set("_acme-challenge.example.com", "TXT", ['"one" "two"']),
    set("example.com", "CAA", ['0 issue "letsencrypt.org"']),
    set("*.apps.example.com", "A", ["198.51.100.9"]),
    set("a.b.example.com", "A", ["198.51.100.8"]),
    set("weighted.example.com", "A", ["198.51.100.4"], { weight: 1, healthCheck: "unhealthy" }),
    set("weighted.example.com", "A", ["198.51.100.5"], { weight: 1, healthCheck: "healthy" }),
    set("lost.example.com", "A", ["198.51.100.6"], { weight: 1, healthCheck: "unhealthy" }),
    set("lost.example.com", "A", ["198.51.100.7"], { weight: 0, healthCheck: "unhealthy" }),
    set("nearest.example.com", "A", [], { alias: "lost.example.com", evaluatesTarget: true, region: "eu-central-1" }),
    set("nearest.example.com", "A", [], { alias: "weighted.example.com", evaluatesTarget: true, region: "us-east-1" }),
    set("idle.example.com", "A", ["198.51.100.4"], { weight: 0 }),
    set("idle.example.com", "A", ["198.51.100.5"], { weight: 0 }),
    set("regional.example.com", "A", ["198.51.100.4"], { region: "eu-central-1" }),
    set("regional.example.com", "A", ["198.51.100.5"], { region: "us-east-1", healthCheck: "healthy" }),
    set("regional.example.com", "A", ["198.51.100.6"], { region: "us-west-2", healthCheck: "unhealthy" }),
    set("loop.example.com", "A", [], { alias: "loop.example.com" }),
  ],
};
const lookup = {
  zoneOf: async (name: string) => (name.endsWith("example.com") ? zone : undefined),
  isHealthy: (healthCheck: string) => healthCheck === "healthy",
};
const ask = (name: string, type = "A") => resolve(zone, name, type, lookup);
const data = async (name: string, type?: string) =>
  (await ask(name, type)).answers.map((answer) => "data" in answer && answer.data);

test("the name server returns all values of a record", async () => {
  expect(await data("turn.example.com")).toEqual(["198.51.100.4", "198.51.100.5"]);
});

test("the name server answers an alias with its target's records under the requested name", async () => {
  const { answers } = await ask("livekit.example.com");
  expect(answers).toEqual([{ type: "A", name: "livekit.example.com", ttl: 60, data: "198.51.100.4" }]);
});

test("weighted routing never selects a record set of weight 0 if another record set has a greater weight", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => data("euc1.example.com")));
  expect(new Set(answers.flat())).toEqual(new Set(["198.51.100.4"]));
});

test("weighted routing omits an unhealthy record set unless all record sets are unhealthy", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => data("weighted.example.com")));
  expect(new Set(answers.flat())).toEqual(new Set(["198.51.100.5"]));
  expect(await data("lost.example.com")).toEqual(["198.51.100.6"]);
});

test("the name server omits an alias with EvaluateTargetHealth if none of its targets is healthy", async () => {
  expect(await data("nearest.example.com")).toEqual(["198.51.100.5"]);
});

test("weighted routing can select every record set if all record sets have weight 0", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => data("idle.example.com")));
  expect(new Set(answers.flat())).toEqual(new Set(["198.51.100.4", "198.51.100.5"]));
});

test.each([
  ["eu-central-1", "198.51.100.4"],
  ["us-east-1", "198.51.100.5"],
  // us-west-2 has an unhealthy set, and an undefined region has none.
  ["us-west-2", "198.51.100.4"],
  [undefined, "198.51.100.4"],
])(
  "case %#: with latency routing, a client gets the record set of its region, or else the first healthy record set",
  async (region, address) => {
    const { answers } = await resolve(zone, "regional.example.com", "A", { ...lookup, region });
    expect(answers).toMatchObject([{ data: address }]);
  },
);

test("the name server returns a CNAME together with the records of its target", async () => {
  const { answers } = await ask("www.example.com");
  expect(answers.map(({ type, name }) => [type, name])).toEqual([
    ["CNAME", "www.example.com"],
    ["A", "turn.example.com"],
    ["A", "turn.example.com"],
  ]);
});

test("the name server returns TXT and CAA records in wire format", async () => {
  expect(await data("_acme-challenge.example.com", "TXT")).toEqual([["one", "two"]]);
  expect(await data("example.com", "CAA")).toEqual([{ flags: 0, tag: "issue", value: "letsencrypt.org" }]);
});

test.each<[string, string, string, number]>([
  ["a missing name", "missing.example.com", "A", 3],
  ["a name without a record of the requested type", "turn.example.com", "AAAA", 0],
  ["a name that has only names below it", "b.example.com", "A", 0],
  ["an alias of itself", "loop.example.com", "A", 0],
])("the name server answers %s with the zone's SOA and no records", async (_, name, type, code) => {
  expect(await ask(name, type)).toMatchObject({
    code,
    answers: [],
    authorities: [{ type: "SOA", name: "example.com" }],
  });
});

test("a wildcard record matches exactly one label", async () => {
  expect(await data("any.apps.example.com")).toEqual(["198.51.100.9"]);
  expect((await ask("two.any.apps.example.com")).code).toBe(3);
});
