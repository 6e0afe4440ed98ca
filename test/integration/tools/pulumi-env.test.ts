import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended } from "../../support/answer";
import { documents, fenced, project } from "../../support/documents";

const home = mkdtempSync(join(tmpdir(), "pulumi-env-"));

afterAll(() => rmSync(home, { recursive: true }));

/** Returns README's line that sets the variables in a shell. */
function readmeLine(): string {
  const [, readme = ""] = documents.find(([path]) => path === "README.md") ?? [];
  return (
    fenced(readme, "bash")
      .join("\n")
      .split("\n")
      .find((each) => each.includes("pulumi-env")) ?? ""
  );
}

const {
  PULUMI_BACKEND_URL: _url,
  PULUMI_CONFIG_PASSPHRASE: _passphrase,
  PULUMI_CONFIG_PASSPHRASE_FILE: _file,
  ...inherited
} = process.env;

test("the README's pulumi-env line makes plain pulumi use the stack and state of npm start", async () => {
  const env = { ...inherited, LIVEKIT_STACK_HOME: home, PULUMI_HOME: join(home, "pulumi") };
  const script = `cd '${project}' && ${readmeLine()} && pulumi stack --show-name && pulumi whoami --verbose`;
  const { exitCode, all, stdout } = await ended("sh", ["-c", script], env);
  expect([exitCode, all]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(/^dev$/m);
  expect(stdout).toContain(`file://${join(home, ".state")}`);
  expect(readdirSync(join(home, ".state/.pulumi/stacks/livekit"))).toContain("dev.json");
});

test("a shell script with the README's pulumi-env line stops at that line if npm run pulumi-env fails", async () => {
  const broken = join(home, "broken");
  mkdirSync(join(broken, ".state"), { recursive: true });
  writeFileSync(join(broken, ".env"), "no value");
  const env = { ...inherited, LIVEKIT_STACK_HOME: join(broken, ".env"), PULUMI_HOME: join(home, "pulumi") };
  const { exitCode, stdout } = await ended("sh", ["-c", `cd '${project}' && ${readmeLine()} && echo went on`], env);
  expect([exitCode === 0, stdout]).toEqual([false, expect.not.stringContaining("went on")]);
});
