import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { serviceTypes } from "../../../../providers/aws/services/types";

const sdk = dirname(require.resolve("@pulumi/aws/package.json"));

/** Of the frame alone: the SDK has them as an output. */
const own = ["tagsAll"];

describe("the stand-in's types of services", () => {
  test.each(serviceTypes.map((type) => [type.token, type] as const))("%s has the SDK's names", (token, type) => {
    const [, path = ""] = /^aws:([^:]+):/.exec(token) ?? [];
    const text = readFileSync(join(sdk, `${path}.d.ts`), "utf8");
    expect(text).toContain(`export declare class ${token.split(":")[2]} extends`);
    const [outputs, args] = [members(text, /export declare class/), members(text, /export interface \w+Args \{/)];
    expect(Object.keys(type.inputs).filter((name) => !args.includes(name) && !own.includes(name))).toEqual([]);
    const told = [...Object.keys(type.inputs), ...type.computed, ...(type.computedByUpdate ?? [])];
    expect(told.filter((name) => !outputs.includes(name))).toEqual([]);
    expect(type.replaceOn.filter((name) => !(name in type.inputs))).toEqual([]);
    expect((type.unordered ?? []).filter((name) => !(name in type.inputs))).toEqual([]);
  });

  test("has each type once", () => {
    const tokens = serviceTypes.map(({ token }) => token);
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

/** Names of what an interface or class of the SDK has. */
function members(text: string, opening: RegExp): string[] {
  const from = text.slice(text.search(opening));
  const body = from.slice(0, from.search(/^\}/m));
  return [...body.matchAll(/^ {4}(?:readonly )?(\w+)\??: /gm)].map(([, name = ""]) => name);
}
