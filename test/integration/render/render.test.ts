import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { builtImageName } from "../../../images/catalog";
import { composeEnvironment, composeSuite } from "../../support/compose";
import { fenced } from "../../support/documents";
import { ownSettings } from "../../support/numbers";

const project = join(__dirname, "../../..");
const home = mkdtempSync(join(tmpdir(), "livekit-render-"));
const out = join(home, "out");

const secrets = {
  LIVEKIT_API_KEY: "APIrender",
  LIVEKIT_API_SECRET: "planted-api-secret-0123456789abcdef",
  TURN_SECRET: "planted-turn-secret-0123456789abcdef",
  REDIS_PASSWORD: "planted-redis-password-0123456789ab",
};

const stackFile = (nodes: number) =>
  stringify({
    config: Object.fromEntries(
      Object.entries({ ...ownSettings("render"), nodes }).map(([key, value]) => [`livekit:${key}`, value]),
    ),
  });

function run(program: string, args: readonly string[], cwd = project) {
  const options = { cwd, encoding: "utf8", env: { ...process.env, LIVEKIT_STACK_HOME: home, NO_COLOR: "1" } } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, all: `${stdout}${stderr}` };
}

function render(folder: string, nodes = 1) {
  writeFileSync(join(home, "Pulumi.test.yaml"), stackFile(nodes));
  return run("node", ["scripts/bin.mjs", "render", "--stack", "test", "--out", folder]);
}

const mode = (...path: string[]) => statSync(join(out, ...path)).mode & 0o777;

const answers = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
beforeAll(() => {
  const source = answers("docker", "image", "inspect", builtImageName("livekit")) ? "build" : "registry";
  const values = { ...secrets, LIVEKIT_STACK_IMAGE_SOURCE: source };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(home, ".env"), lines.join(""));
});

afterAll(() => rmSync(home, { recursive: true }));

test("npm run render writes secrets to files that only owner and group can read, and no secret to compose.yaml", () => {
  expect(render(out, 2)).toMatchObject({ status: 0 });
  const services = ["coturn", "livekit", "livekit-2", "livekit-redis", "nginx"];
  expect(readdirSync(out).sort()).toEqual([".gitignore", "compose.yaml", ...services]);
  expect(readFileSync(join(out, ".gitignore"), "utf8")).toBe("*\n");
  expect(mode()).toBe(0o700);
  expect(mode("compose.yaml")).toBe(0o600);
  expect(mode("livekit")).toBe(0o750);
  expect(mode("livekit", "livekit.yaml")).toBe(0o640);
  const file = readFileSync(join(out, "compose.yaml"), "utf8");
  for (const secret of [secrets.LIVEKIT_API_SECRET, secrets.TURN_SECRET, secrets.REDIS_PASSWORD]) {
    expect(file).not.toContain(secret);
  }
  expect(parse(readFileSync(join(out, "livekit/livekit.yaml"), "utf8")).keys).toEqual({
    APIrender: secrets.LIVEKIT_API_SECRET,
  });
  expect(readFileSync(join(out, "nginx/tls.crt"), "utf8")).toContain("BEGIN CERTIFICATE");
});

test("a second npm run render removes obsolete files and keeps files that the user added", () => {
  writeFileSync(join(out, "compose.override.yaml"), "services: {}\n");
  expect(render(out, 1)).toMatchObject({ status: 0 });
  expect(existsSync(join(out, "livekit-2"))).toBe(false);
  expect(existsSync(join(out, "compose.override.yaml"))).toBe(true);
});

test("npm run render rejects a folder with other content and leaves the folder unchanged", () => {
  const folder = join(home, "other");
  mkdirSync(folder);
  writeFileSync(join(folder, "compose.yaml"), "services: {}\n");
  const { status, all } = render(folder);
  expect(status).toBe(1);
  expect(all).toMatch(/--out .*the output folder must be new, empty, .*Choose another folder/);
  expect(all).not.toMatch(/\bat .*\.ts:/);
  expect(readdirSync(folder)).toEqual(["compose.yaml"]);
});

test("npm run render without a folder name exits with status 2 (usage error)", () => {
  expect(run("node", ["scripts/bin.mjs", "render", "--stack", "test"]).status).toBe(2);
});

composeSuite("under Docker Compose", () => {
  let env: NodeJS.ProcessEnv;
  const compose = (cwd: string, ...args: string[]) =>
    execFileSync("docker", ["compose", ...args], { cwd, env, encoding: "utf8", stdio: "pipe" });

  beforeAll(async () => {
    env = await composeEnvironment(join(home, "docker"));
  });
  afterAll(() => compose(out, "down", "--volumes", "--timeout", "5"));

  test("every service of the rendered compose.yaml becomes healthy, and npm run doctor finds no problem", () => {
    compose(out, "up", "--detach", "--wait");
    const { status, all } = run("node", ["scripts/bin.mjs", "doctor", "--stack", "test", "--json"]);
    expect(all).not.toMatch(/planted/);
    expect(all).not.toContain('"status": "failed"');
    expect(status).toBe(0);
  });

  test("the worker's Compose file of docs/workers.md reads its values from the stack's .env; Compose reports a missing value", () => {
    const [worker = ""] = fenced(readFileSync(join(project, "docs/workers.md"), "utf8"), "yaml");
    writeFileSync(join(home, "egress.yaml"), worker);
    const shown = () => parse(compose(home, "-f", "egress.yaml", "config")).services.egress;
    expect(shown).toThrow(/EGRESS_VERSION.*a release of livekit\/egress/);
    appendFileSync(join(home, ".env"), "EGRESS_VERSION=v1.2.3\n");
    const { image, environment } = shown();
    expect(image).toBe("livekit/egress:v1.2.3");
    expect(parse(environment.EGRESS_CONFIG_BODY)).toMatchObject({
      api_key: secrets.LIVEKIT_API_KEY,
      api_secret: secrets.LIVEKIT_API_SECRET,
      redis: { password: secrets.REDIS_PASSWORD },
    });
  });
});
