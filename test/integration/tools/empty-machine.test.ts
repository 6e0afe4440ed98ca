import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { builtImageName } from "../../../images/catalog";
import { awsKinds } from "../../../model/images";
import { type Answer, ended } from "../../support/answer";
import { pulumiError, writeBuildTools } from "../../support/build-tools";
import { project } from "../../support/documents";
import { EmptyEngine } from "../../support/empty-engine";
import { ownSettings } from "../../support/numbers";

const folder = mkdtempSync(join(tmpdir(), "empty-machine-"));
const tools = join(folder, "tools");
const suiteCommands = ["test"];
/** Settings with ports that no stack on this machine uses, because `npm start` checks that its ports are free. */
const stackConfig = Object.fromEntries(
  Object.entries(ownSettings("empty machine")).map(([key, value]) => [`livekit:${key}`, value]),
);

beforeAll(() => writeBuildTools(tools));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each command's required arguments, and the last output on a machine with nothing built. */
const commands: Readonly<Record<string, readonly [args: readonly string[], outcome: string]>> = {
  start: [[], pulumiError],
  stop: [[], pulumiError],
  rehearse: [[], EmptyEngine.rejection],
  smoke: [[], "npm start"],
  doctor: [[], "npm run secrets"],
  token: [["--room", "demo", "--identity", "alice"], "npm start"],
  call: [[], "npm start"],
  "turn-credentials": [["--user", "alice"], "npm start"],
  secrets: [[], "Created in"],
  render: [["--out", join(folder, "rendered")], "npm run secrets"],
  images: [[], "livekit/livekit-server"],
  logs: [[], "npm start"],
  rooms: [[], "npm start"],
  nodes: [[], "npm run secrets -- --stack prod"],
  bake: [[], "npm run secrets -- --stack prod"],
  plan: [[], "participants"],
  preview: [[], pulumiError],
  pulumi: [["stack", "ls"], pulumiError],
  "pulumi-env": [[], pulumiError],
  benchmark: [[], pulumiError],
  // Without `--dry-run` this command would make a release of this checkout.
  release: [["--dry-run"], "git"],
};

test.concurrent.each(Object.keys(commands))("npm run %s needs nothing that another command built", async (name) => {
  const [args, outcome] = commands[name] ?? [[], ""];
  const { all } = await onEmptyMachine(name, ["scripts/bin.mjs", name, ...args]);
  expect(all).toContain(outcome);
});

test("every kind of test builds its missing tools and images", async () => {
  const script = `
    const { testKinds } = require("./scripts/testing/kinds");
    require("./scripts/testing/tools").ensureTestTools(testKinds).then(({ environment }) => console.log(environment.PATH));`;
  const { exitCode, all, images } = await onEmptyMachine("suite", [
    "--require",
    "./scripts/lib/typescript.cjs",
    "-e",
    script,
  ]);
  expect([exitCode, all]).toEqual([0, expect.stringContaining("livekit-stack/pulumi-")]);
  expect(images).toEqual(expect.arrayContaining(awsKinds.map(builtImageName)));
});

test("the tests of an empty machine cover every npm command", () => {
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const ours = Object.keys(scripts).filter((name) => scripts[name]?.startsWith("node scripts/bin.mjs"));
  expect([...Object.keys(commands), ...suiteCommands].sort()).toEqual(ours.sort());
});

/** Runs Node with an empty cache, home folder and engine. Downloads fail, because there is no curl. */
async function onEmptyMachine(name: string, args: readonly string[]): Promise<Answer & { readonly images: string[] }> {
  const home = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(home, "Pulumi.dev.yaml"), stringify({ config: stackConfig }));
  const engine = new EmptyEngine(join(home, "engine"));
  await engine.start();
  try {
    const answer = await ended(process.execPath, args, {
      PATH: tools,
      HOME: home,
      XDG_CACHE_HOME: join(home, "cache"),
      LIVEKIT_STACK_HOME: home,
      DOCKER_HOST: engine.dockerHost,
      NO_COLOR: "1",
    });
    expect(answer.all).not.toMatch(/no such (image|object)|ENOENT|^\s+at .+:\d+:\d+\)?$/im);
    return { ...answer, images: [...engine.images] };
  } finally {
    await engine.stop();
  }
}
