import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { parse } from "yaml";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-file-"));
process.env["LIVEKIT_STACK_HOME"] = home;
const { readStackFile } = require("../../scripts/lib/stack-file") as typeof import("../../scripts/lib/stack-file");
const { readConfiguration } = require("../../stacks/configuration") as typeof import("../../stacks/configuration");

afterAll(() => rmSync(home, { recursive: true }));

function stackFile(text: string) {
  writeFileSync(join(home, "Pulumi.dev.yaml"), text);
  return readStackFile("dev");
}

test("reads the livekit: keys of a stack file and ignores keys of the engine and of providers", () => {
  const file = stackFile(
    "encryptionsalt: v1:x\nconfig:\n  livekit:nodes: 2\n  docker:host: unix:///x\n  aws:region: a\n",
  );
  expect(file.config).toEqual({ "livekit:nodes": 2 });
  expect(stackFile("").config).toEqual({});
});

test.each([["config:\n  nodes: 2\n"], ["config:\n  livekit:config:nodes: 2\n"], ["\uFEFFconfig:\n  nodes: 2 # two\n"]])(
  "reads livekit:nodes from the stack file %j, as Pulumi's engine does",
  (text) => {
    const { config, document } = stackFile(text);
    expect(config).toEqual({ "livekit:nodes": 2 });
    expect(parse(String(document), { merge: true }).config).toEqual({ "livekit:nodes": 2 });
  },
);

test("reads keys that YAML merges (<<), as Pulumi's engine does", () => {
  const { config } = stackFile("environment: &base\n  nodes: 2\nconfig:\n  <<: *base\n  livekit:domain: a\n");
  expect(config).toEqual({ "livekit:nodes": 2, "livekit:domain": "a" });
});

test("reads an empty value as not set, as Pulumi's engine does", () => {
  expect(stackFile("config:\n  livekit:domain:\n").config).toEqual({ "livekit:domain": "" });
});

test.each([
  [
    "config:\n  livekt:nodes: 2\n",
    /^livekt:nodes: the key must have the namespace livekit, because nothing reads the namespace livekt\. .* to livekit:nodes$/,
  ],
  ["config:\n  livekit-stack:nodes: 2\n", /^livekit-stack:nodes: .* to livekit:nodes$/],
  ["config:\n  Livekit:domain: a\n", /^Livekit:domain: .* to livekit:domain$/],
  ["config:\n  other:nodes: 2\n", /^other:nodes: .* to livekit:nodes$/],
  [
    "config:\n  nodes: 2\n  livekit:nodes: 3\n",
    /^livekit:nodes: the key is set twice in .*\. Remove one of the two lines$/,
  ],
  ["config:\n  livekit:nodes: 2\nlivekit:domain: a\n", /^livekit:domain: is outside of config\. Indent it/],
  ["confg:\n  livekit:nodes: 2\n", /^confg: .*closest is config\. .*Remove or correct it$/],
  ["config:\n  - livekit:nodes: 2\n", /Pulumi\.dev\.yaml: config must be a mapping/],
  ["config: nodes\n", /Pulumi\.dev\.yaml: config must be a mapping/],
  ["- config\n", /Pulumi\.dev\.yaml: it must be a mapping/],
  [
    "config:\n  livekit:domain: *.example.com\n",
    /Pulumi\.dev\.yaml: the file is not valid YAML: .*[*.]example\.com.*\. Quote a value/,
  ],
  ["config:\n  nodes: 010\n", /Pulumi\.dev\.yaml "010": YAML parsers read this number differently/],
  ["config:\n  livekit:tags: {size: 1_000}\n", /Pulumi\.dev\.yaml "1_000": YAML parsers read this number differently/],
])("rejects the stack file %j with an error that contains the fix", (text, message) => {
  expect(() => stackFile(text)).toThrow(message);
});

test("the error for a stack file with invalid YAML names file and line, and the error for a missing stack file names the file", () => {
  expect(() => stackFile("config:\n  livekit:nodes: [2\n")).toThrow(
    /Pulumi\.dev\.yaml: the file is not valid YAML: .* line \d+/,
  );
  expect(() => readStackFile("none")).toThrow(/there is no Pulumi\.none\.yaml/);
});

test("the Pulumi program rejects keys of an unknown namespace, and ignores keys of providers", () => {
  const namesNothing =
    /^livekit-stack:nodes: the key must have the namespace livekit, because nothing reads the namespace livekit-stack/;
  runtime.setAllConfig({ "livekit-stack:nodes": "2", "aws:region": "eu-central-1", "gcp:project": "other" });
  expect(() => readConfiguration()).toThrow(namesNothing);
  expect(() => readConfiguration()).not.toThrow(/aws:region|gcp:project/);
});

test("the error about a missing stack file lists the stacks that have a file", () => {
  rmSync(join(home, "Pulumi.dev.yaml"), { force: true });
  writeFileSync(join(home, "Pulumi.lab.yaml"), "");
  expect(() => readStackFile("labb")).toThrow(
    /there is no Pulumi.labb.yaml. Create it, or name a stack .*: dev, lab, prod$/,
  );
});
