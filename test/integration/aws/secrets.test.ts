import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../../../stacks/env";
import { TestStack } from "../../support/stack";

const stack = new TestStack("secrets on AWS", { target: "aws", domain: "example.com" });
const file = join(stack.home, "Pulumi.test.yaml");

/** Initializes the stack as the operator's guide does, on the test's own backend. */
function initialize(): void {
  cpSync(join(projectFolder, "Pulumi.yaml"), join(stack.home, "Pulumi.yaml"));
  execFileSync("pulumi", ["stack", "init", "test", "--cwd", stack.home], { env: stack.environment, stdio: "pipe" });
}

afterAll(() => rmSync(stack.home, { recursive: true }));

/** Maps each secret key in the stack file to whether its value is encrypted. */
function secrets(): Record<string, boolean> {
  const config = Object.entries(parse(readFileSync(file, "utf8")).config as Record<string, unknown>);
  const named = config.filter(([key]) => /Key|Secret|Password/.test(key));
  return Object.fromEntries(
    named.map(([key, value]) => [key, typeof (value as { secure?: string }).secure === "string"]),
  );
}

const current = {
  "livekit:apiKey": true,
  "livekit:apiSecret": true,
  "livekit:turnSecret": true,
  "livekit:redisPassword": true,
};
const previous = {
  "livekit:previousApiKey": true,
  "livekit:previousApiSecret": true,
  "livekit:previousTurnSecret": true,
};

test("npm run secrets fails for a missing stack, names the backend that it searched and creates nothing", async () => {
  expect(await stack.command("secrets")).toMatchObject({
    exitCode: 1,
    all: expect.stringContaining("the stack is not in the backend that Pulumi is logged in to"),
  });
  expect(secrets()).toEqual({});
});

test("npm run secrets writes encrypted secrets to the stack file of a stack on AWS; a second run changes nothing", async () => {
  initialize();
  const { exitCode, all } = await stack.command("secrets");
  expect([exitCode, all]).toEqual([0, expect.stringContaining("apiKey, apiSecret, turnSecret, redisPassword")]);
  expect(secrets()).toEqual(current);
  const made = readFileSync(file, "utf8");
  expect((await stack.command("secrets")).all).toContain("has every secret");
  expect(readFileSync(file, "utf8")).toBe(made);
});

test("npm run secrets keeps the previous secrets from --rotate until --finish", async () => {
  expect(await stack.command("secrets", "--rotate")).toMatchObject({
    exitCode: 0,
    all: expect.stringContaining("pulumi up -s test"),
  });
  expect(secrets()).toEqual({ ...current, ...previous });
  const again = await stack.command("secrets", "--rotate");
  expect(again).toMatchObject({ exitCode: 1, all: expect.stringContaining("--finish") });
  expect(again.all).not.toMatch(/\n\s+at /);
  expect(await stack.command("secrets", "--finish")).toMatchObject({ exitCode: 0 });
  expect(secrets()).toEqual(current);
});
