import { spawnSync } from "node:child_process";
import { join } from "node:path";

const project = join(__dirname, "../../..");

function call(...args: string[]) {
  return spawnSync("node", ["scripts/bin.mjs", "call", ...args], { cwd: project, encoding: "utf8" });
}

test("npm run call rejects a stack on AWS, which serves no call page", () => {
  const { status, stdout, stderr } = call("--stack", "prod");
  expect(stderr).toMatch(
    /^stack prod: the stack is on AWS, but only local stacks serve a call page\. Choose a local stack with --stack$/m,
  );
  expect([status, stdout]).toEqual([1, ""]);
});

test.each([
  ["--participants", "9", "a whole number from 1 to 8"],
  ["--room", "", "1 to 256 bytes"],
])("npm run call rejects %s %j and states what is allowed", (flag, value, allowed) => {
  const { status, stderr } = call(flag, value);
  expect(stderr).toContain(allowed);
  expect(status).toBe(2);
});
