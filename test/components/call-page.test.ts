import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callPage } from "../../stacks/call-page";

const cache = mkdtempSync(join(tmpdir(), "call-page-"));
const before = process.env["XDG_CACHE_HOME"];

beforeAll(() => {
  process.env["XDG_CACHE_HOME"] = cache;
});
afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
  rmSync(cache, { recursive: true });
});

test("a second build of the call page uses the same path for the script file, and rewrites a damaged script file", async () => {
  const { content, scriptFile } = await callPage();
  expect(readFileSync(scriptFile, "utf8")).toBe(content["call.js"]);
  writeFileSync(scriptFile, "");
  expect((await callPage()).scriptFile).toBe(scriptFile);
  expect(readFileSync(scriptFile, "utf8")).toBe(content["call.js"]);
});
