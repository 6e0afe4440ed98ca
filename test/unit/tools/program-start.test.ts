import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../stacks/env";

/** Runs JavaScript source with the TypeScript loader that Pulumi.yaml names, and returns the JSON that it prints. */
function run(program: string) {
  const args = ["--no-warnings", "--require", "./scripts/lib/typescript.cjs", "-e", program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: projectFolder }).toString());
}

test("the program loads Pulumi's function serialization only when it serializes a function", () => {
  const { before, after, text } = run(`
    const pulumi = require("@pulumi/pulumi");
    const loaded = () => Object.keys(require.cache).filter((file) => /@npmcli.arborist|typescript.lib/.test(file)).length;
    const before = loaded();
    const check = async ({ text }) => console.log(JSON.stringify({ before, after: loaded(), text }));
    pulumi.runtime.serializeFunction(() => 6 * 7).then(check);
  `);
  expect(before).toBe(0);
  expect(after).toBeGreaterThan(0);
  expect(text).toContain("6 * 7");
});

test("the program loads the descriptions of errors only after an error", () => {
  const { before, after } = run(`
    const pulumi = require("@pulumi/pulumi");
    const program = require("./stacks");
    const loaded = () => Object.keys(require.cache).filter((file) => /model.errors|error-context/.test(file)).length;
    const before = loaded();
    const never = () => Promise.reject(new Error("nothing is registered"));
    const check = () => console.log(JSON.stringify({ before, after: loaded() }));
    pulumi.runtime.setAllConfig({ "livekit:target": "nowhere" });
    pulumi.runtime.setMocks({ newResource: never, call: never }, "livekit", "office").then(program).catch(check);
  `);
  expect(before).toBe(0);
  expect(after).toBeGreaterThan(0);
});

test("the program's stack traces contain the line numbers of the TypeScript sources, without source maps", () => {
  const { hook, stack } = run(`
    const { formatPorts } = require("./model/ports/table.ts");
    require("source-map-support/register");
    require("./stacks");
    try { formatPorts(undefined); } catch ({ stack }) { console.log(JSON.stringify({ hook: typeof Error.prepareStackTrace, stack })); }
  `);
  expect(hook).toBe("undefined");
  const line = readFileSync(join(projectFolder, "model/ports/table.ts"), "utf8")
    .split("\n")
    .findIndex((text) => text.startsWith("export function formatPorts"));
  expect(stack).toContain(`model/ports/table.ts:${line + 1}:`);
});
