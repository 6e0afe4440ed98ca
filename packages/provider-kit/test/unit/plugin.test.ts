import { z } from "zod";
import type { ResourceType } from "../../resource-type";
import { check, diff, inputsAsRead, previewOutputs } from "../../resource-type";
import { canonical, decode, encode, hasUnknown, unknownValue } from "../../values";

const box: ResourceType = {
  token: "test:index:Box",
  inputs: {
    name: z.string(),
    size: z.number().default(1),
    tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
    steps: z.array(z.string()).optional(),
    colour: z.string().optional(),
  },
  replaceOn: ["name"],
  keptWhenLeftOut: ["colour"],
  unordered: ["tags"],
  computed: ["address"],
  validate: ({ name, colour }) => (name === colour ? ["name: can't be the colour"] : []),
  create: () => Promise.reject(new Error("this test creates no resource")),
  delete: () => Promise.resolve(),
};

const tags = [
  { key: "a", value: "1" },
  { key: "b", value: "2" },
];

describe("a provider's check", () => {
  test("adds the default values of missing inputs and keeps unknown values", () => {
    const { inputs, failures } = check(box, { name: "n", tags: [{ key: "a", value: unknownValue }] }, "test 1.0.0");
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ name: "n", size: 1, tags: [{ key: "a", value: unknownValue }] });
  });

  test("reports every invalid input, also nested ones, and does not print input values", () => {
    const { failures } = check(
      box,
      { size: "secret", odd: "secret", tags: [{ ...tags[0], more: "secret" }] },
      "test 1.0.0",
    );
    expect(failures).toEqual([
      expect.stringContaining("odd of test:index:Box is not implemented"),
      expect.stringMatching(/^name: .*string/),
      expect.stringMatching(/^size: .*number/),
      expect.stringContaining("tags.0.more of test:index:Box is not implemented"),
    ]);
    expect(failures.join()).not.toContain("secret");
    expect(failures[0]).toContain("pulumi plugin install resource test 1.0.0");
  });

  test("applies a rule about several inputs only if all of them are known", () => {
    expect(check(box, { name: "red", colour: "red" }, "").failures).toEqual(["name: can't be the colour"]);
    expect(check(box, { name: unknownValue, colour: unknownValue }, "").failures).toEqual([]);
  });
});

describe("a provider's diff", () => {
  const olds = { name: "n", size: 1, tags, steps: ["x", "y"] };

  test("is empty if old and new inputs are equivalent", () => {
    expect(diff(box, { name: "n", tags, steps: ["x", "y"] }, olds)).toEqual([]);
    expect(diff(box, olds, { ...olds, tags: [...tags].reverse() })).toEqual([]);
    expect(diff(box, { ...olds, tags: [] }, { ...olds, tags: undefined })).toEqual([]);
  });

  test("reports each changed property, the kind of change and whether the change replaces the resource", () => {
    expect(diff(box, olds, { name: "m", size: 1, tags, steps: ["y", "x"], colour: "red" })).toEqual([
      { property: "name", kind: "update", replaces: true },
      { property: "steps", kind: "update", replaces: false },
      { property: "colour", kind: "add", replaces: false },
    ]);
    expect(diff(box, olds, { ...olds, tags: undefined })).toEqual([
      { property: "tags", kind: "delete", replaces: false },
    ]);
  });

  test("treats a missing input as unchanged if the official plugin keeps the old value of such an input", () => {
    expect(diff(box, { ...olds, colour: "red" }, olds)).toEqual([]);
  });

  test("treats an unknown value as changed", () => {
    expect(diff(box, olds, { ...olds, name: unknownValue })).toEqual([
      { property: "name", kind: "update", replaces: true },
    ]);
  });
});

test("a provider's preview returns the inputs and marks outputs as unknown", () => {
  expect(previewOutputs({ name: "n" }, ["address"])).toEqual({ name: "n", address: unknownValue });
  expect(previewOutputs({ name: "n", size: 2 }, [], { size: 1, address: "here" })).toEqual({
    name: "n",
    size: 2,
    address: "here",
  });
});

test("a provider's read keeps the program's input values if the read values are equivalent", () => {
  const given = { name: "n", tags: [...tags].reverse() };
  expect(inputsAsRead(box, given, { name: "n", size: 2, tags, address: "here" })).toEqual(given);
  expect(inputsAsRead(box, given, { name: "m", tags: [] })).toEqual({ name: "m", tags: [] });
  expect(inputsAsRead(box, {}, { name: "n", tags, colour: "" })).toEqual({ name: "n", tags });
});

test("decoding encoded properties returns the same values without internal keys and undefined members", () => {
  const values = { text: "", list: [1, { deep: null }], __defaults: [], absent: undefined };
  expect(decode(encode(values))).toEqual({ text: "", list: [1, { deep: null }] });
  expect(hasUnknown({ list: [{ deep: unknownValue }] })).toBe(true);
  expect(canonical({ b: 0, a: [{}, "x"] }, new Set())).toEqual({ a: [{}, "x"] });
});
