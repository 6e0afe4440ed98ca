import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Dockerode from "dockerode";
import { planLocalFleet } from "../../model/fleet";
import { labels } from "../../model/labels";
import { FakeEngine } from "../support/fake-engine";
import { configure, testHost } from "../support/settings";
import { writeUnconstrainedCa } from "../support/unconstrained-ca";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-unchanged-"));
Object.assign(process.env, { LIVEKIT_STACK_HOME: home, PULUMI_BACKEND_URL: `file://${home}` });
const { isUpToDate, rememberStart } =
  require("../../scripts/lib/up-to-date") as typeof import("../../scripts/lib/up-to-date");
const { unpauseContainers } = require("../../scripts/lib/unpause") as typeof import("../../scripts/lib/unpause");
const { rememberEnd } = require("../../stacks/certificate-end") as typeof import("../../stacks/certificate-end");

const engine = new FakeEngine(home);
const docker = new Dockerode({ socketPath: join(home, "docker.sock") });
const { settings } = configure();
const fleet = planLocalFleet(settings, testHost);
const container = (id: string, stack: string, status?: "paused") => ({
  id,
  labels: { [labels.stack]: fleet.namePrefix, [labels.owner]: `stack ${stack} of ${home}` },
  ...(status && { status }),
});

const dayAfter = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  await engine.start();
  await writeUnconstrainedCa(home);
  mkdirSync(join(home, ".pulumi/stacks/livekit"), { recursive: true });
  for (const name of [".env", "Pulumi.dev.yaml", ".pulumi/stacks/livekit/dev.json"]) {
    writeFileSync(join(home, name), "{}");
  }
});
beforeEach(async () => {
  jest.spyOn(console, "error").mockImplementation();
  rememberEnd("dev", dayAfter(100));
  engine.containers = [container("redis", "dev"), container("nginx", "dev")];
  await rememberStart("dev", fleet, docker);
});
afterAll(async () => {
  await engine.stop();
  rmSync(home, { recursive: true });
});

test("a stack with a paused container is up to date only after the container is unpaused", async () => {
  expect(await isUpToDate("dev", fleet, docker)).toBe(true);
  engine.containers = [
    container("redis", "dev"),
    container("nginx", "dev", "paused"),
    container("x", "devel", "paused"),
  ];
  expect(await isUpToDate("dev", fleet, docker)).toBe(false);
  await unpauseContainers("dev", docker);
  expect(engine.changes).toEqual(["POST /containers/nginx/unpause"]);
  expect(console.error).toHaveBeenCalledWith("Unpausing nginx");
  engine.containers = engine.containers.slice(0, 2);
  expect(await isUpToDate("dev", fleet, docker)).toBe(true);
});

test("a stack with a certificate that is due for renewal is not up to date", async () => {
  rememberEnd("dev", dayAfter(29));
  expect(await isUpToDate("dev", fleet, docker)).toBe(false);
});

test.each([
  "config:\n  livekit:apiKey:\n    secure: v1:a\n",
  "config:\n  livekit:apiKey: { secure: v1:a }\n",
  'config: {"livekit:apiKey": {"secure": "v1:a"}}\n',
])("a stack file with an encrypted secret is never up to date: %j", async (settings) => {
  writeFileSync(join(home, "Pulumi.dev.yaml"), settings);
  await rememberStart("dev", fleet, docker);
  expect(await isUpToDate("dev", fleet, docker)).toBe(false);
});
