import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { stateFile } from "../../scripts/lib/backend";

const home = mkdtempSync(join(tmpdir(), "livekit-backend-"));
const before = { ...process.env };
const inProject = (folder: string) => join(folder, ".pulumi/stacks/livekit/dev.json");

beforeEach(() => {
  process.env["PULUMI_HOME"] = join(home, ".pulumi");
  delete process.env["PULUMI_BACKEND_URL"];
});
afterEach(() => {
  process.env = { ...before };
});
afterAll(() => rmSync(home, { recursive: true }));

test.each([
  [`file://${home}/state`, inProject(join(home, "state"))],
  [`file://${home}/state?no_tmp_dir=true`, inProject(join(home, "state"))],
  ["file://~", inProject(homedir())],
  ["file://~/state", inProject(join(homedir(), "state"))],
  ["s3://bucket?region=eu-central-1", undefined],
  ["https://api.pulumi.com", undefined],
])("for the backend %s, set by PULUMI_BACKEND_URL or pulumi login, stateFile returns %s", (url, file) => {
  process.env["PULUMI_BACKEND_URL"] = url;
  expect(stateFile("dev")).toBe(file);
  delete process.env["PULUMI_BACKEND_URL"];
  mkdirSync(join(home, ".pulumi"), { recursive: true });
  writeFileSync(join(home, ".pulumi/credentials.json"), JSON.stringify({ current: url }));
  expect(stateFile("dev")).toBe(file);
});

test("stateFile ignores a state file that is in the backend, but outside of this Pulumi project's folder", () => {
  const folder = join(home, "unscoped");
  mkdirSync(join(folder, ".pulumi/stacks"), { recursive: true });
  writeFileSync(join(folder, ".pulumi/stacks/dev.json"), "{}");
  process.env["PULUMI_BACKEND_URL"] = `file://${folder}`;
  expect(stateFile("dev")).toBeUndefined();
});
