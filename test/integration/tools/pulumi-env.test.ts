import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended } from "../../support/answer";
import { documents, fenced, project } from "../../support/documents";

const home = mkdtempSync(join(tmpdir(), "pulumi-env-"));

afterAll(() => rmSync(home, { recursive: true }));

const {
  PULUMI_BACKEND_URL: _url,
  PULUMI_CONFIG_PASSPHRASE: _passphrase,
  PULUMI_CONFIG_PASSPHRASE_FILE: _file,
  ...inherited
} = process.env;

test("the README's line leads plain pulumi to the stack and the state of npm start", async () => {
  const [, readme = ""] = documents.find(([path]) => path === "README.md") ?? [];
  const line = fenced(readme, "bash")
    .join("")
    .split("\n")
    .find((each) => each.startsWith("eval "));
  const env = { ...inherited, LIVEKIT_STACK_HOME: home, PULUMI_HOME: join(home, "pulumi") };
  const script = `cd '${project}' && ${line} && pulumi stack --show-name && pulumi whoami --verbose`;
  const { exitCode, all, stdout } = await ended("sh", ["-c", script], env);
  expect([exitCode, all]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(/^dev$/m);
  expect(stdout).toContain(`file://${join(home, ".state")}`);
  expect(readdirSync(join(home, ".state/.pulumi/stacks/livekit"))).toContain("dev.json");
});
