import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { satisfies } from "semver";
import { ended } from "../support/answer";
import { project } from "../support/documents";

const program = join(project, "scripts/bin.mjs");
const { engines } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "node-version-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["20.18.3", 1],
  ["20.19.0", 0],
  ["22.12.0", 1],
  ["22.13.0", 0],
  ["23.11.1", 1],
  ["24.0.0", 0],
])(
  "on Node %s, a command exits with code %i, in agreement with the engines in package.json",
  async (version, expected) => {
    const preload = join(folder, `${version}.cjs`);
    const versions = `{ ...process.versions, node: "${version}" }`;
    writeFileSync(preload, `Object.defineProperty(process, "versions", { value: ${versions} });`);
    // Runs `../lib/json-file`, a module that does nothing by itself.
    const { exitCode, all } = await ended(
      process.execPath,
      ["--require", preload, program, "../lib/json-file"],
      process.env,
    );
    const message = `Node ${version} is not supported: 20.19, 22.13, 24 or newer is required. Install it: https://nodejs.org`;
    expect([exitCode, all.trim()]).toEqual(expected === 0 ? [0, ""] : [1, message]);
    expect(satisfies(version, engines.node)).toBe(expected === 0);
  },
);

test("Node 12 can load the program that rejects an unsupported Node version", () => {
  const source = readFileSync(program, "utf8");
  const compiled = (target: string) => transformSync(source, { format: "esm", target }).code;
  expect(compiled("node12.22")).toBe(compiled("esnext"));
  // Node.js does not run a module that imports a missing name, so the program could not report the unsupported version.
  expect(source).not.toMatch(/^import .* from/m);
});
