import { spawnSync } from "node:child_process";
import { projectFolder } from "../../../stacks/env";
import { goldenFile } from "../../support/golden";

/** Runs the preview without an account, a container engine, Pulumi or secrets. */
function preview(...args: string[]) {
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent" };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bin.mjs", "preview", ...args], {
    cwd: projectFolder,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const twoFiles = ["--golden", goldenFile("prod"), goldenFile("graviton")];

test("npm run preview --golden compares two golden files and prints headlines, then tables, without color", () => {
  const { status, stdout } = preview(...twoFiles);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Preview of graviton: golden files .*\n\nOpens to the world: 49152-49252\/udp/);
  expect(stdout).toContain("\nOpens to 203.0.113.0/24: 7880/tcp");
  expect(stdout).toContain("Replaces euc1-1: c7i.large becomes c7g.large");
  expect(stdout).not.toContain("\u001b");
});

test("npm run preview --json prints nothing but JSON", () => {
  const [{ stack, impact, resources }] = JSON.parse(preview(...twoFiles, "--json").stdout);
  expect(stack).toBe("graviton");
  expect(impact.nodes).toEqual([
    { node: "euc1-1", operation: "replace", before: "c7i.large", after: "c7g.large", smaller: false },
  ]);
  expect(resources.find(({ name }: { name: string }) => name === "euc1-1-instance").changed).toContain("instanceType");
});

test("npm run preview --since --markdown prints every example's changes as a comment that ends with a marker", () => {
  const { status, stdout } = preview("--since", "HEAD", "--markdown");
  expect(status).toBe(0);
  expect(stdout.match(/^### Preview of \w+: the example since HEAD$/gm)).toHaveLength(4);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("<!-- livekit-stack preview: examples -->");
});

test.each([
  [["--golden", "one.json"], 1, /^--golden: the option requires two files\. For example: npm run preview/],
  [["--golden", "one.json", "two.json"], 1, /^one\.json: the golden file does not exist\. Name a golden file/],
  [["--golden", "README.md", "README.md"], 1, /^README\.md: this file is not a golden file\./],
  [
    ["--since", "no-such-branch"],
    1,
    /^--since no-such-branch: this git repository has no such revision\. Fetch the revision with: git fetch/,
  ],
  [["--since", "--help"], 1, /this git repository has no such revision/],
  [["--stack", "nowhere"], 1, /^stack nowhere: there is no Pulumi\.nowhere\.yaml/m],
  [["--json", "--markdown"], 2, /cannot be used with option/],
])("npm run preview rejects the arguments %j with exit code %i", (args, code, words) => {
  const { status, stdout, stderr } = preview(...args);
  expect([status, stderr]).toEqual([code, expect.stringMatching(words)]);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
});
