import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const project = join(__dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "livekit-local-folder-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: relative(project, home), PULUMI_HOME: home });
delete process.env["PULUMI_BACKEND_URL"];
const { localFolder, owner, stateFolder } = require("../../stacks/env") as typeof import("../../stacks/env");
const { backendFolder, backendVariables } =
  require("../../scripts/lib/backend") as typeof import("../../scripts/lib/backend");

afterAll(() => rmSync(home, { recursive: true }));

test("a relative path of the local folder is relative to the checkout, and the embedded state is in that folder", () => {
  expect(localFolder).toBe(home);
  expect(owner("dev")).toBe(`stack dev of ${home}`);
  Object.assign(process.env, backendVariables());
  expect(backendFolder()).toBe(stateFolder);
});
