import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { parse } from "yaml";
import { planAws } from "../../model/aws/plan";
import { labels } from "../../packages/aws-simulator/network/parts";
import { simulatedAccount } from "../../packages/aws-simulator/provider/clients";
import { shellFile } from "../../scripts/rehearsal/environment";
import { latencyBetween } from "../../scripts/rehearsal/latency";
import { withFreeNumber } from "../../scripts/rehearsal/number";
import { imagesOfAccount, overridesOf } from "../../scripts/rehearsal/overrides";
import { removeRehearsal } from "../../scripts/rehearsal/rehearsal";
import { renderRehearsalReport, scopeOf } from "../../scripts/rehearsal/report";
import { Workspace } from "../../scripts/rehearsal/workspace";
import { projectFolder } from "../../stacks/env";
import { configureAws, testRegion } from "../support/settings";

const directoryUrl = "https://198.18.0.1:14000/dir";

const rehearsalContext = { directoryUrl, imageSource: "registry", profile: false } as const;

function overrides(plain: boolean, instanceType = "c7i.large", config: object = {}) {
  return overridesOf({
    config: { "livekit:regions": [{ ...testRegion, instanceType }], ...config },
    ...rehearsalContext,
    plain,
  });
}

describe("the overrides of a rehearsal", () => {
  test("replace the ACME server and the machine image, and give a reason for each override", () => {
    expect(overrides(false).map(({ path }) => path.join("."))).toEqual([
      "livekit:acme.directoryUrl",
      "livekit:regions.0.amiId",
    ]);
    for (const { why } of overrides(false)) expect(why).not.toBe("");
  });

  test("replace the account id in the SNS topics that alarms and ElastiCache notify", () => {
    const topic = (account: string) => `arn:aws:sns:eu-central-1:${account}:oncall`;
    const change = (alarms: object) =>
      overrides(false, "c7i.large", { "livekit:alarms": alarms })
        .filter(({ path }) => path[0] === "livekit:alarms")
        .map(({ path, value }) => [path.slice(1), value]);
    expect(change({ topicArn: topic("210987654321") })).toEqual([[["topicArn"], topic("123456789012")]]);
    expect(change({ topicArns: [topic("210987654321")] })).toEqual([[["topicArns", 0], topic("123456789012")]]);
    expect(change({ topicArn: topic("123456789012") })).toEqual([]);
    expect(change({ topicArn: "oncall" })).toEqual([]);
  });

  test("remove production's webhooks and external Redis", () => {
    const config = {
      "livekit:webhooks": { apiKey: "APIkey", urls: ["https://app.example.com/hook"] },
      "livekit:redis": { mode: "external", address: "redis.example.com:6379" },
    };
    const changes = Object.fromEntries(
      overrides(false, "c7i.large", config).map(({ path, value }) => [path[0], value]),
    );
    expect(changes).toMatchObject({ "livekit:webhooks": undefined, "livekit:redis": { mode: "node" } });
    expect("livekit:webhooks" in changes).toBe(true);
  });

  test.each([
    [false, "c7i.large", "prebaked-amd64"],
    [false, "c7g.large", "prebaked-arm64"],
    [true, "c7i.large", "debian-13-amd64"],
    [true, "c7g.large", "debian-13-arm64"],
  ])(
    "use an image of the simulated account (plain Debian: %s, instance type: %s, image: %s)",
    (plain, instanceType, name) => {
      const image = overrides(plain, instanceType).find(({ path }) => path.includes("amiId"))?.value;
      const offered = imagesOfAccount({ machineImage: "machine:1", prebakedImage: "prebaked:1" });
      expect(offered.find(({ id }) => id === image)).toMatchObject({
        name: expect.stringContaining(name),
        dockerImage: plain ? "machine:1" : "prebaked:1",
      });
    },
  );
});

describe("a rehearsal's folder", () => {
  let parent: string;
  let workspace: Workspace;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "rehearsal-home-"));
    workspace = Workspace.of("prod", parent);
    workspace.make();
    workspace.number = 57;
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  test("contains the stack's settings with the overrides, while the project's stack file stays unchanged", () => {
    const file = join(projectFolder, "Pulumi.prod.yaml");
    const before = readFileSync(file, "utf8");
    workspace.writeStackFile(overrides(false));
    const { config } = parse(readFileSync(join(workspace.folder, "Pulumi.prod.yaml"), "utf8"));
    const own = parse(before).config;
    expect(config["livekit:domain"]).toBe(own["livekit:domain"]);
    expect(config["livekit:acme"]).toEqual({ ...own["livekit:acme"], directoryUrl });
    expect(config["livekit:regions"][0]).toEqual({
      ...own["livekit:regions"][0],
      amiId: expect.stringMatching(/^ami-/),
    });
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("links the project's policies and does not delete them", () => {
    expect(realpathSync(join(workspace.folder, "policy"))).toBe(join(projectFolder, "policy"));
    workspace.remove();
    expect(existsSync(join(projectFolder, "policy/PulumiPolicy.yaml"))).toBe(true);
  });

  test.each([
    ["the simulator whose number and id the folder records", "5eed", ["livekit-stack-simulator-id=5eed"]],
    ["every simulator that has the recorded number if a failed start recorded no id", undefined, []],
  ])("is removed together with %s", async (_, id, more) => {
    if (id !== undefined) workspace.simulatorId = id;
    const queries: string[][] = [];
    const listContainers = async ({ filters }: { filters: { label: string[] } }) => {
      queries.push(filters.label);
      return [];
    };
    await removeRehearsal(workspace, { listContainers } as unknown as Dockerode);
    expect(queries).toEqual([["livekit-stack-simulator=57", ...more]]);
    expect(workspace.exists).toBe(false);
  });

  test("has a passphrase that only the user can read, records its simulator's number and is removed completely", () => {
    expect(statSync(workspace.passphraseFile).mode & 0o777).toBe(0o600);
    expect([workspace.exists, Workspace.of("prod", parent).number]).toEqual([true, 57]);
    workspace.remove();
    expect(workspace.exists).toBe(false);
  });
});

test("the rehearsal's shell file unsets AWS variables of another account", () => {
  const others = {
    PATH: process.env["PATH"],
    AWS_PROFILE: "production",
    AWS_ENDPOINT_URL_S3: "https://s3.example.com",
  };
  const script = `${shellFile({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, "/")}env | grep ^AWS_`;
  expect(execFileSync("sh", ["-c", script], { env: others, encoding: "utf8" })).toBe(
    "AWS_ENDPOINT_URL=http://127.0.0.1:1\n",
  );
});

test.each([
  {},
  { LIVEKIT_SIMULATOR: "50" },
  { LIVEKIT_SIMULATOR: "50", AWS_ENDPOINT_URL: "https://ec2.amazonaws.com" },
])("the fallback AWS provider rejects an account that is not simulated: %j", (env) => {
  expect(() => simulatedAccount(env)).toThrow("works only in rehearsals; start a rehearsal with: npm run rehearse");
});

test("the rehearsal's shell file quotes any value", () => {
  const value = `it's "$HOME" \`id\``;
  const file = shellFile({ VALUE: value }, "/");
  expect(execFileSync("sh", ["-c", `${file}printf %s "$VALUE"`], { encoding: "utf8" })).toBe(value);
});

test("the rehearsal's report states what was real, simulated and not covered, and the duration of each step", () => {
  const steps = [{ title: "up from nothing", seconds: 61.24, result: "57 resources" }];
  const scope = scopeOf(planAws(configureAws().settings));
  const report = { stack: "prod", passed: false, steps, notRun: ["destroy"], overrides: overrides(false), scope };
  const text = renderRehearsalReport(report);
  expect(text).toMatch(/^prod: rehearsal failed, 61 s/);
  expect(text).toMatch(/destroy.*not run/);
  expect(text).toMatch(/up from nothing.*61\.2.*57 resources/);
  expect(text).toContain("Not covered:\n  - IAM");
  expect(text).toContain("livekit:regions[0].amiId: ");
});

test.each([
  [1, undefined, []],
  [2, "45 ms each way", [45]],
] as const)(
  "a rehearsal with %s region(s) adds and reports latency only between regions",
  async (count, said, queries) => {
    const { settings, regions } = planAws(configureAws().settings);
    const all = [regions[0], ...Array.from({ length: count - 1 }, () => regions[0])] as const;
    const milliseconds: number[] = [];
    const latency = await latencyBetween(all, {
      latency: async (order) => {
        milliseconds.push(order.milliseconds);
        return `${order.milliseconds} ms each way`;
      },
    });
    expect([latency, milliseconds]).toEqual([said, queries]);
    const { simulated } = scopeOf({ settings, regions: all }, latency);
    expect(simulated.filter((line) => /each way/.test(line))).toHaveLength(count - 1);
  },
);

test.each([
  [[], 50],
  [[1, 17], 50],
  [[50, 51, 53], 52],
])("while the simulator numbers %j are in use, a rehearsal takes the number %i", async (taken, number) => {
  const listContainers = async () => taken.map((each) => ({ Labels: { [labels.simulator]: `${each}` } }));
  const docker = { listContainers } as unknown as Dockerode;
  expect(await withFreeNumber(docker, async (free) => free)).toBe(number);
});
