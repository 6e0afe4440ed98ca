import { spawnSync } from "node:child_process";
import { join } from "node:path";

const project = join(__dirname, "../../..");

function call(...args: string[]) {
  return spawnSync("node", ["scripts/run.mjs", "call", ...args], { cwd: project, encoding: "utf8" });
}

test("of a stack on AWS there is no link: no page is served there", () => {
  const { status, stdout, stderr } = call("--stack", "prod");
  expect(stderr).toMatch(/^stack prod: is on AWS, where no call page is served\. Name a local stack with --stack$/m);
  expect([status, stdout]).toEqual([1, ""]);
}, 30_000);

test("a count beyond what is allowed is refused with what is", () => {
  const { status, stderr } = call("--participants", "9");
  expect(stderr).toContain("a whole number from 1 to 8");
  expect(status).toBe(2);
}, 30_000);
