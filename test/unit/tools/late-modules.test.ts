import { execFileSync } from "node:child_process";
import { projectFolder } from "../../../stacks/env";

const program = `
  const pulumi = require("@pulumi/pulumi");
  const loaded = () => Object.keys(require.cache).filter((file) => /@npmcli.arborist|typescript.lib/.test(file)).length;
  const before = loaded();
  const check = async ({ text }) => console.log(JSON.stringify({ before, after: loaded(), text }));
  pulumi.runtime.serializeFunction(() => 6 * 7).then(check);
`;

test("loads the parts of Pulumi that serialize functions only when they serialize one", () => {
  const args = ["--no-warnings", "--require", "./scripts/lib/typescript.cjs", "-e", program];
  const { before, after, text } = JSON.parse(execFileSync(process.execPath, args, { cwd: projectFolder }).toString());
  expect(before).toBe(0);
  expect(after).toBeGreaterThan(0);
  expect(text).toContain("6 * 7");
});
