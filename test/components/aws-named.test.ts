import { officialReplaceKeys } from "../../model/aws/replace-keys";
import { type Registered, registerAws } from "../support/aws-stack";
import { namedResources } from "../support/named-resources";
import { fleetValues } from "../support/settings";

const values = { ...fleetValues, apiIngress: "world", monitoring: "true", flowLogs: "true" };

/** Returns the explicit name of a resource. Without it, the provider would generate a name. */
const nameOf = ({ type, inputs }: Registered): string | undefined =>
  type === "aws:route53/record:Record" ? undefined : (inputs.replicationGroupId ?? inputs.name);

const onlyNamed = (all: readonly Registered[]) =>
  all.filter((each) => each.type.startsWith("aws:") && nameOf(each) !== undefined);

let fleet: readonly Registered[];

beforeAll(async () => {
  fleet = await registerAws(values);
});

test("namedResources lists exactly the resource types that get an explicit name", () => {
  const types = new Set(onlyNamed(fleet).map(({ type }) => type));
  expect([...types].sort()).toEqual(Object.keys(namedResources));
});

test("every named resource is replaced in the order that namedResources states, create first or delete first", () => {
  for (const { type, name, createsFirst } of onlyNamed(fleet)) {
    expect([name, createsFirst]).toEqual([name, namedResources[type]?.first === "create"]);
  }
});

test.each([
  ["changed ports", { ports: '{"https": 8443, "api": 7890}' }],
  ["a changed namePrefix", { namePrefix: "other" }],
] as const)("with %s, a named resource whose replacement is created first gets a new name", async (_, changes) => {
  const after = onlyNamed(await registerAws({ ...values, ...changes }));
  const replaced = onlyNamed(fleet).flatMap((old) => {
    const now = after.find(({ type, name }) => type === old.type && name === old.name);
    const keys = officialReplaceKeys[old.type] ?? [];
    const isReplaced = keys.some((key) => JSON.stringify(old.inputs[key]) !== JSON.stringify(now?.inputs[key]));
    return now && isReplaced && old.createsFirst ? [[nameOf(old), nameOf(now)] as const] : [];
  });
  expect(replaced.length).toBeGreaterThan(3);
  for (const [before, now] of replaced) expect(before).not.toBe(now);
});
