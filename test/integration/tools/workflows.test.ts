import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureActionlint } from "../../../scripts/toolchain/actionlint";
import { testMachine } from "../../support/machine";
import { workflowsFolder } from "../../support/workflows";

let actionlint: string;

beforeAll(async () => {
  actionlint = await ensureActionlint(testMachine, () => {});
}, 600_000);

const lint = (file: string) => testMachine.run(actionlint, ["-no-color", file]);

test.each(readdirSync(workflowsFolder))("workflow file %s passes the linter", async (file) => {
  expect(await lint(join(workflowsFolder, file))).toBe("");
});

test.each([
  ["pull-requests: write", "pull-request: write", /unknown permission scope "pull-request"/],
  ["needs: [test", "needs: [tests", /job "up" needs job "tests" which does not exist/],
  ["matrix.stack", "matrix.stacks", /property "stacks" is not defined/],
])("the linter reports an error if a workflow's `%s` becomes `%s`", async (right, wrong, words) => {
  const texts = readdirSync(workflowsFolder).map((file) => readFileSync(join(workflowsFolder, file), "utf8"));
  const text = texts.find((each) => each.includes(right)) ?? "";
  const folder = mkdtempSync(join(tmpdir(), "actionlint-"));
  try {
    writeFileSync(join(folder, "wrong.yml"), text.replace(right, wrong));
    await expect(lint(join(folder, "wrong.yml"))).rejects.toThrow(words);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
