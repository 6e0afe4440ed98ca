import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-shell-"));
process.env["LIVEKIT_STACK_HOME"] = home;
process.env["PULUMI_HOME"] = join(home, "pulumi");
for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
  delete process.env[name];
}
const { engineEnvironment } = require("../../scripts/lib/engine") as typeof import("../../scripts/lib/engine");
const { exportLines } = require("../../scripts/lib/shell") as typeof import("../../scripts/lib/shell");

afterAll(() => rmSync(home, { recursive: true }));

const cli = { command: "/opt/it's mine/pulumi", version: "3.248.0", source: "PATH" } as const;

/** Returns a variable of programs in a shell that has evaluated the lines. */
function evaluated(lines: readonly string[], name: string): string {
  const script = `${lines.join("\n")}\n/usr/bin/printenv ${name}`;
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).trimEnd();
}

test("the shell variables contain the backend and passphrase that npm start uses", () => {
  const lines = exportLines(engineEnvironment({ pulumi: cli }, "dev"));
  expect(evaluated(lines, "PULUMI_BACKEND_URL")).toBe(pathToFileURL(join(home, ".state")).href);
  const file = evaluated(lines, "PULUMI_CONFIG_PASSPHRASE_FILE");
  expect([file, existsSync(file)]).toEqual([join(home, ".state/passphrase"), true]);
  expect(evaluated(["PATH=/own", ...lines], "PATH")).toBe("/opt/it's mine:/own");
});

test("the shell variables keep the user's own backend and passphrase", () => {
  process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
  process.env["PULUMI_CONFIG_PASSPHRASE"] = "";
  const lines = exportLines(engineEnvironment({ pulumi: cli }, "dev"));
  expect(lines.join("\n")).not.toMatch(/BACKEND|PASSPHRASE/);
});

test("the shell treats an empty PULUMI_HOME like an unset PULUMI_HOME, as the Pulumi CLI does", () => {
  jest.spyOn(os, "homedir").mockReturnValue(home);
  process.env["PULUMI_HOME"] = "";
  delete process.env["PULUMI_BACKEND_URL"];
  mkdirSync(join(home, ".pulumi"));
  writeFileSync(join(home, ".pulumi/credentials.json"), '{"current": "s3://bucket"}');
  const environment = engineEnvironment({ pulumi: cli }, "dev");
  expect(environment).not.toHaveProperty("PULUMI_BACKEND_URL");
  jest.restoreAllMocks();
});
