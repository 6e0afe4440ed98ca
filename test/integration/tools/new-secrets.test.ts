import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { labels } from "../../../model/labels";
import { type Answer, ended } from "../../support/answer";
import { FakeEngine } from "../../support/fake-engine";
import { isolatedEnvironment, nodeArguments, stackHome } from "../../support/own-command";

const folder = mkdtempSync(join(tmpdir(), "livekit-stack-new-secrets-"));
const home = stackHome(folder);
const env = join(home, ".env");
const engine = new FakeEngine(folder);
const environment = isolatedEnvironment(folder, engine);

/** Error that ends `npm start` after its question and before it installs anything. */
const endsAt = "is broken";

beforeAll(async () => {
  engine.fails = ["/info"];
  await engine.start();
});
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  for (const stack of ["dev", "office"]) writeFileSync(join(home, `Pulumi.${stack}.yaml`), "config: {}\n");
  engine.containers = [{ id: "livekit", labels: { [labels.owner]: `stack dev of ${home}` } }];
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

const run = (command: string): Promise<Answer> => ended(process.execPath, nodeArguments(command), environment);

test.each(["start", "secrets", "start --stack office", "secrets --rotate"])(
  "npm run %s without .env replaces the keys of a running stack only with --yes",
  async (command) => {
    const { exitCode, all } = await run(command);
    expect([exitCode, all]).toEqual([
      1,
      expect.stringMatching(/\.env: lacks LIVEKIT_API_KEY, .* of stack dev, which is up/),
    ]);
    const fix = /create new ones with: npm (?:run )?(.*)$/m.exec(all)?.[1] ?? "";
    expect(fix).toContain("--yes");
    expect(existsSync(env)).toBe(false);
    const fixed = await run(fix.replace("-- ", ""));
    expect(fixed.all).toMatch(command.startsWith("start") ? endsAt : "Created in");
    expect(readFileSync(env, "utf8")).toContain("LIVEKIT_API_KEY=API");
  },
);

test("with a stopped Docker engine, npm start finds out from the state file that the stack is up and replaces no keys", async () => {
  engine.containers = [{ id: "livekit", labels: { [labels.owner]: `stack dev of ${home}/other` } }];
  const state = join(home, ".state/.pulumi/stacks/livekit");
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, "dev.json"), '{"checkpoint": {"latest": {"resources": [{"urn": "urn:x"}]}}}');
  const lines = ["LIVEKIT_API_KEY=APIabc", `LIVEKIT_API_SECRET=${"a".repeat(32)}`, `REDIS_PASSWORD=${"b".repeat(32)}`];
  writeFileSync(env, lines.join("\n"));
  expect((await run("start")).all).toMatch(/\.env: lacks TURN_SECRET of stack dev, which is up/);
  expect(readFileSync(env, "utf8")).toBe(lines.join("\n"));
  // Compresses the state, as Pulumi does with PULUMI_DIY_BACKEND_GZIP.
  writeFileSync(join(state, "dev.json.gz"), gzipSync(readFileSync(join(state, "dev.json"))));
  rmSync(join(state, "dev.json"));
  expect((await run("start")).all).toMatch(/\.env: lacks TURN_SECRET of stack dev, which is up/);
  // A truncated state file may have listed resources, so the stack counts as up.
  writeFileSync(join(state, "dev.json.gz"), readFileSync(join(state, "dev.json.gz")).subarray(0, 20));
  expect((await run("start")).all).toMatch(/\.env: lacks TURN_SECRET of stack dev, which is up/);
  rmSync(join(state, "dev.json.gz"));
  writeFileSync(join(state, "dev.json"), '{"checkpoint": {"latest": {}}}');
  expect((await run("start")).all).toContain(endsAt);
});

test("npm run secrets warns about another stack's broken stack file, and fails if its own stack file is broken", async () => {
  writeFileSync(join(home, "Pulumi.dev.yaml"), "config: [\n");
  const { all } = await run("secrets --stack office");
  expect(all).toMatch(/Warning: .* stack dev, which is up: .*Pulumi\.dev\.yaml: the file is not valid YAML/);
  expect(all).toContain("Created in ");
  rmSync(env);
  expect(await run("secrets")).toMatchObject({ exitCode: 1, all: expect.stringContaining("is not valid YAML") });
  expect(existsSync(env)).toBe(false);
});

test("npm start asks for no confirmation if the other running stack has its keys in its stack file", async () => {
  const keys = ["apiKey", "apiSecret", "turnSecret", "redisPassword"].map(
    (key) => `  livekit:${key}: { secure: v1:x }`,
  );
  writeFileSync(join(home, "Pulumi.dev.yaml"), `config:\n${keys.join("\n")}\n`);
  expect((await run("start --stack office")).all).toContain(endsAt);
});

describe("npm start at a terminal", () => {
  let child: ChildProcess;
  afterEach(() => void child.kill("SIGKILL"));

  /** Runs the command in a terminal from Python's pty and types these keys. */
  async function typed(keys: string): Promise<{ readonly code: number | null; readonly said: string }> {
    const pty = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    child = spawn("python3", ["-c", pty, process.execPath, ...nodeArguments("start")], { env: environment });
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      if (/\[y\/N\]/.test(text)) child.stdin?.write(keys);
      said += text;
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, said };
  }

  test.each([
    ["n\r", "nothing was created or changed"],
    ["\r", "nothing was created or changed"],
    ["\u0004", "nothing was created or changed"],
    ["\u0003", "Interrupted"],
  ])("the answer %j changes nothing", async (keys, message) => {
    const { code, said } = await typed(keys);
    expect([code, said]).toEqual([expect.any(Number), expect.stringContaining(message)]);
    expect(code).not.toBe(0);
    expect(existsSync(env)).toBe(false);
  });

  test("the answer y creates new keys", async () => {
    expect((await typed("y\r")).said).toContain("Created in .env");
    expect(readFileSync(env, "utf8")).toContain("LIVEKIT_API_KEY=API");
  });
});
