import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeCommand, setCommand } from "../../../model/settings/commands";
import { ended } from "../../support/answer";
import { configured } from "../../support/configured";
import { commandsOf, pulumiArguments } from "../../support/documents";
import { stackFileValues } from "../../support/settings";

const folder = mkdtempSync(join(tmpdir(), "config-commands-"));

beforeAll(() => writeFileSync(join(folder, "Pulumi.yaml"), "name: livekit\nruntime: nodejs\n"));
afterAll(() => rmSync(folder, { recursive: true }));

const env = {
  ...process.env,
  PULUMI_HOME: join(folder, "home"),
  PULUMI_BACKEND_URL: `file://${folder}`,
  PULUMI_CONFIG_PASSPHRASE: "test",
};

/** Values that Pulumi stores as a number, a boolean or a string. */
const values = [
  "5",
  "05",
  "0",
  "+5",
  "1.5",
  "true",
  "True",
  "99999999999999999999",
  "a b",
  "o'clock",
  'of "two"',
  "$HOME",
];

const commands = [
  "pulumi config set livekit:nodes 2",
  "pulumi config set --path livekit:single 5",
  ...values.map((value, i) => setCommand(`livekit:tags.v${i}`, value)),
  ...["cost center", 'of "two"', "o'clock", "a.b"].map((name) =>
    setCommand(`livekit:tags["${name.replaceAll('"', '\\"')}"]`, 1),
  ),
  setCommand("livekit:regions[0].zones[0]", "eu-central-1a"),
  setCommand("livekit:regions[0].zones[1]", "eu-central-1b"),
  setCommand("livekit:nodes[0]", "replaces a scalar"),
  removeCommand("livekit:regions[0].zones[0]"),
  removeCommand("livekit:regions[0].nothing", 'livekit:tags["cost center"]'),
  'pulumi config set --path livekit:redis.ca -- "--dashes"',
  "pulumi config rm livekit:nodes",
];

test("the tests' simulation of `pulumi config` matches the command", async () => {
  expect((await ended("sh", ["-c", `cd '${folder}' && pulumi stack init dev`], env)).exitCode).toBe(0);
  let expected: Readonly<Record<string, string>> = {};
  for (const command of commands) {
    const line = command.replaceAll("pulumi config", "pulumi -s dev config");
    const { exitCode, all } = await ended("sh", ["-c", `cd '${folder}' && ${line}`], env);
    expect([command, exitCode, all]).toEqual([command, 0, expect.any(String)]);
    const each = commandsOf(command).map((one) => pulumiArguments(one)?.slice(1) ?? []);
    expected = each.reduce(configured, expected);
    expect([command, stackFileValues(join(folder, "Pulumi.dev.yaml"))]).toEqual([command, expected]);
  }
});
