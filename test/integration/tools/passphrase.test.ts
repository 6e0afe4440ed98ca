import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labels } from "../../../model/labels";
import { type Answer, ended } from "../../support/answer";
import { project } from "../../support/documents";
import { FakeEngine } from "../../support/fake-engine";
import { isolatedEnvironment, nodeArguments, stackHome, typescriptLoader } from "../../support/own-command";

const folder = mkdtempSync(join(tmpdir(), "livekit-stack-passphrase-"));
const home = stackHome(folder);
const state = join(home, ".state");
const passphrase = join(state, "passphrase");
const stackFile = join(home, "Pulumi.dev.yaml");
const engine = new FakeEngine(folder);

const environment = isolatedEnvironment(folder, engine);

beforeAll(() => engine.start());
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  writeFileSync(stackFile, "config:\n  livekit:namePrefix: office # ours\n");
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** Runs one of our commands with additional variables. */
function run(command: string, more: NodeJS.ProcessEnv = {}): Promise<Answer> {
  return ended(process.execPath, nodeArguments(command), { ...environment, ...more });
}

/**
 * Starts the stack with a program that has a secret output. With `secret`, the stack file also gets an encrypted value.
 */
const up = (secret = false) => `
const pulumi = require("${project}/node_modules/@pulumi/pulumi");
const { openStack } = require("${project}/scripts/lib/engine");
const { ensurePulumi } = require("${project}/scripts/toolchain/pulumi");
const { thisMachine } = require("${project}/scripts/toolchain/machine");
require("${project}/scripts/lib/cli").runMain(async () => {
  const stack = await openStack("dev", { pulumi: await ensurePulumi(thisMachine, () => {}) });
  stack.workspace.program = async () => ({ apiSecret: pulumi.secret("planted") });
  if (${secret}) await stack.setConfig("livekit:apiKey", { value: "APIplanted", secret: true });
  console.log((await stack.up()).outputs.apiSecret.value);
});`;

async function bringUp(secret = false): Promise<void> {
  const line = ["--require", typescriptLoader, "-e", up(secret)];
  const { exitCode, all } = await ended(process.execPath, line, environment);
  expect([exitCode, all]).toEqual([0, expect.stringContaining("planted")]);
}

/**
 * Imitates plain `pulumi config set --secret`, which writes the encrypted value and the salt to the stack's own file.
 */
async function bringUpWithSecret(): Promise<void> {
  await bringUp(true);
  copyFileSync(join(state, "work/dev/Pulumi.dev.yaml"), stackFile);
  expect(readFileSync(stackFile, "utf8")).toMatch(/secure: v1:[\s\S]*encryptionsalt: v1:/);
}

test("no command replaces a lost passphrase that encrypts secrets; the commands in the error message recover the stack", async () => {
  await bringUpWithSecret();
  const before = readFileSync(passphrase, "utf8");
  mkdirSync(join(state, "proven"));
  copyFileSync(stackFile, join(state, "proven/Pulumi.dev.yaml"));
  rmSync(passphrase);
  for (const command of ["pulumi-env", "preview", "token --room a --identity b"]) {
    const { exitCode, all } = await run(command);
    expect([exitCode, all]).toEqual([1, expect.stringContaining(`${passphrase}: is missing`)]);
    expect(all).toMatch(/continue without the record of what runs and livekit:apiKey \(data volumes and \.env stay\)/);
    expect(all).toMatch(/: npm stop -- --forget-state && npm start$/m);
    expect(existsSync(passphrase)).toBe(false);
  }
  const owner = `stack dev of ${home}`;
  engine.containers = [
    { id: "own", labels: { [labels.owner]: owner } },
    { id: "foreign", labels: { [labels.owner]: `${owner}er` } },
  ];
  const forgotten = await run("stop --forget-state");
  expect([forgotten.exitCode, forgotten.all]).toEqual([
    0,
    expect.stringMatching(/Removing own\n[\s\S]*livekit:apiKey/),
  ]);
  expect(engine.changes).toEqual(["DELETE /containers/own"]);
  expect(readFileSync(stackFile, "utf8")).toBe("config:\n  livekit:namePrefix: office # ours\n");
  expect(existsSync(join(state, "proven/Pulumi.dev.yaml"))).toBe(false);
  await bringUp();
  expect(readFileSync(passphrase, "utf8")).not.toBe(before);
});

test("npm start replaces a lost passphrase that encrypts no secret", async () => {
  await bringUp();
  engine.containers = [];
  expect((await run("stop")).exitCode).toBe(0);
  rmSync(passphrase);
  await bringUp();
});

test("a command reports the source of a wrong passphrase, and works again with the right passphrase", async () => {
  await bringUpWithSecret();
  const right = readFileSync(passphrase, "utf8");
  const elsewhere = join(folder, "passphrase");
  writeFileSync(elsewhere, "wrong");
  const errorWith = async (more: NodeJS.ProcessEnv) => {
    const { exitCode, all } = await run("token --room a --identity b", more);
    expect([exitCode, all]).toEqual([1, expect.not.stringMatching(/^\s+at /m)]);
    expect(all).not.toContain(right);
    return all;
  };
  expect(await errorWith({ PULUMI_CONFIG_PASSPHRASE: "wrong" })).toMatch(
    /^PULUMI_CONFIG_PASSPHRASE: is not the passphrase .* or unset PULUMI_CONFIG_PASSPHRASE to use the passphrase in .*\.state\/passphrase/m,
  );
  expect(await errorWith({ PULUMI_CONFIG_PASSPHRASE_FILE: elsewhere })).toMatch(
    /^PULUMI_CONFIG_PASSPHRASE_FILE \S+\/passphrase: is not the passphrase .* Write the stack's passphrase to this file/m,
  );
  expect(await errorWith({ PULUMI_CONFIG_PASSPHRASE_FILE: `${elsewhere}.none` })).toMatch(
    /^PULUMI_CONFIG_PASSPHRASE_FILE \S+\.none: is missing/m,
  );
  writeFileSync(passphrase, "wrong");
  expect(await errorWith({})).toMatch(
    /\.state\/passphrase: is not the passphrase .* Restore the file from a backup, or set/,
  );
  writeFileSync(passphrase, right);
  const { all } = await run("token --room a --identity b");
  expect(all).toContain("stack dev: the stack is not up");
});

test("a stack with a remote state requires its passphrase, and npm stop -- --forget-state rejects a remote state", async () => {
  writeFileSync(stackFile, "config:\n  livekit:nodes: 2\nencryptionsalt: v1:a:v1:b:c\n");
  const bucket = { PULUMI_BACKEND_URL: "s3://bucket" };
  const { all } = await run("pulumi-env", bucket);
  expect(all).toMatch(
    /^PULUMI_CONFIG_PASSPHRASE: is missing: .* Set it to the passphrase of the stack, or set \S+ to a file with that passphrase$/m,
  );
  const forgotten = await run("stop --forget-state", bucket);
  expect([forgotten.exitCode, forgotten.all]).toEqual([1, expect.stringContaining("not on this machine")]);
  expect(readFileSync(stackFile, "utf8")).toContain("encryptionsalt");
});
