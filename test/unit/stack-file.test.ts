import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-file-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { readStackFile, strayKeys } = require("../../scripts/stack-file") as typeof import("../../scripts/stack-file");

afterAll(() => rmSync(home, { recursive: true }));

function stackFile(text: string) {
  writeFileSync(join(home, "Pulumi.dev.yaml"), text);
  return readStackFile("dev");
}

test("the stack's own keys are read, another program's and the engine's are left alone", () => {
  const file = stackFile(
    "encryptionsalt: v1:x\nconfig:\n  livekit:nodes: 2\n  docker:host: unix:///x\n  aws:region: a\n",
  );
  expect(file.config).toEqual({ "livekit:nodes": 2 });
  expect(strayKeys(file)).toEqual([]);
  expect(strayKeys(stackFile(""))).toEqual([]);
});

test.each([
  ["config:\n  livekt:nodes: 2\n", "livekt:nodes", /namespace.* livekit/, /livekit:nodes/],
  ["config:\n  livekit:nodes: 2\nlivekit:domain: a\n", "livekit:domain", /outside of config/, /Indent/],
  ["confg:\n  livekit:nodes: 2\n", "confg", /nearest is config/, /write it right/],
])("a slip is named with its mend: %j", (text, key, rule, fix) => {
  const [fault, ...others] = strayKeys(stackFile(text));
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ key, rule: expect.stringMatching(rule), fix: expect.stringMatching(fix) });
});

test("what is no YAML is named by its file and line; a stack without a file by its name", () => {
  expect(() => stackFile("config:\n  livekit:nodes: [2\n")).toThrow(/Pulumi\.dev\.yaml: is not YAML: .* line \d+/);
  expect(() => readStackFile("none")).toThrow(/there is no Pulumi\.none\.yaml/);
});
