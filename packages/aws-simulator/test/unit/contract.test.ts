import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { officialReplaceKeys } from "../../../../model/aws/replace-keys";
import { projectFolder } from "../../../../stacks/env";
import { sdkMembers } from "../../../../test/support/sdk-members";
import { check } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { ec2Types } from "../../provider/ec2/types";
import { functions } from "../../provider/functions";
import { serviceTypes } from "../../provider/services/types";

const types = [...ec2Types, ...serviceTypes];
const goldenFolder = join(projectFolder, "test/golden");
const goldens = readdirSync(goldenFolder);

describe.each(types.map((type) => [type.token, type] as const))("the simulated resource type %s", (token, type) => {
  const [, , name = ""] = token.split(":");
  const args = sdkMembers(token, `${name}Args`);
  const outputs = sdkMembers(token, name);
  // The SDK declares inputs that the plugin fills in, such as tagsAll, as outputs only.
  const inputs = Object.keys(type.inputs).filter((input) => input !== "tagsAll");

  test("accepts every required input of the SDK, and no input that the SDK lacks", () => {
    expect(args.all).toEqual(expect.arrayContaining(inputs));
    expect(inputs).toEqual(expect.arrayContaining(args.required as string[]));
    expect(inputs).toEqual(expect.arrayContaining([...type.replaceOn, ...(type.unordered ?? [])]));
  });

  test("replaces a resource on changes of the same inputs as the official plugin", () => {
    const own = officialReplaceKeys[token]?.filter((input) => inputs.includes(input));
    expect(type.replaceOn.toSorted()).toEqual(own?.toSorted());
  });

  test("has no output that the SDK lacks", () => {
    const registered = [...type.computed, ...(type.computedByUpdate ?? []), ...Object.keys(type.inputs)];
    expect(outputs.all).toEqual(expect.arrayContaining(registered));
  });
});

test("the fallback AWS provider implements no resource type twice", () => {
  expect(new Set(types.map(({ token }) => token)).size).toBe(types.length);
});

test.each(goldens)("the fallback AWS provider accepts the inputs of every resource in the golden file %s", (golden) => {
  const path = join(goldenFolder, golden);
  const resources: { type: string; inputs: Properties }[] = JSON.parse(readFileSync(path, "utf8"));
  const own = resources.filter(({ type }) => type.startsWith("aws:"));
  expect(own.length).toBeGreaterThan(0);
  for (const resource of own) {
    const type = types.find(({ token }) => token === resource.type);
    expect(type?.token).toBe(resource.type);
    const { failures = [] } = type ? check(type, resource.inputs, "aws 1.0.0") : {};
    // Golden files redact or shorten other texts, so this test validates the format of descriptions only.
    expect(failures.filter((failure) => /not implemented|description/i.test(failure))).toEqual([]);
  }
});

test("the fallback AWS provider implements no function that the SDK lacks", () => {
  for (const token of Object.keys(functions)) {
    const [, , name = ""] = token.split(":");
    const result = `${name[0]?.toUpperCase()}${name.slice(1)}Result`;
    expect(sdkMembers(token, result).all).toContain("id");
  }
});
