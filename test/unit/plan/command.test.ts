import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFlowchart } from "../capacity/flowchart";

const project = join(__dirname, "../../..");
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "plan-"));
  writeFileSync(join(home, "Pulumi.cloud.yaml"), stackFile("c7i.large"));
  writeFileSync(join(home, "Pulumi.narrow.yaml"), stackFile("c7i.large", "49152-49252"));
  writeFileSync(join(home, "Pulumi.odd.yaml"), stackFile("t3.large"));
});

afterAll(() => rmSync(home, { recursive: true }));

/** A stack without secrets. */
function stackFile(instanceType: string, relay = "20000-32767"): string {
  return `config:
  livekit:target: aws
  livekit:domain: example.com
  livekit:acme: { email: ops@example.com }
  livekit:expectedLoad: { rooms: 10, participantsPerRoom: 4, quality: 720p }
  livekit:ports: { relay: ${relay} }
  livekit:regions: [{ name: eu-central-1, cidr: 10.0.0.0/16, nodes: 1, instanceType: ${instanceType} }]
`;
}

/** Runs the plan without an account, a container engine, Pulumi, secrets or any program on PATH. */
function plan(...args: string[]) {
  const env = { PATH: "/nonexistent", LIVEKIT_STACK_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bin.mjs", "plan", ...args], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("npm run plan reports a stack on AWS for the configured load, with costs and without color", () => {
  const { status, stdout } = plan("--stack", "cloud");
  expect(status).toBe(0);
  expect(stdout).toContain("10 rooms of 4 at 720p");
  expect(stdout).toContain("public IPv4 addresses");
  expect(stdout).toContain("on demand in us-east-1");
  expect(stdout).toContain("The stack carries this load by the expected figures, but not by the cautious ones:");
  expect(stdout).toMatch(/^ {2}eu-central-1 carries \d of 10 rooms by the cautious figures; /m);
  expect(stdout).not.toContain("\u001b");
});

test("npm run plan reports a local stack without costs and states why", () => {
  const { status, stdout } = plan();
  expect(status).toBe(0);
  expect(stdout).toContain("this machine");
  expect(stdout).not.toContain("$");
  expect(stdout).toContain("No costs: this stack runs on this machine");
});

test("npm run plan suggests settings for a load that is too large for the stack", () => {
  const { status, stdout } = plan("--stack", "cloud", "--rooms", "60");
  expect(status).toBe(1);
  expect(stdout).toContain("The stack is too small for this load, by the expected figures:");
  expect(stdout).toMatch(
    / rooms by the expected figures; .*set -s cloud --path 'livekit:regions\[0\]\.nodes' \d+, then/,
  );
  expect(stdout).toContain("With the nodes that the load needs, and the resources that several nodes share: $");
});

test("npm run plan suggests no more nodes than a region may have", () => {
  const { stdout } = plan("--stack", "cloud", "--rooms", "2000");
  expect(stdout).toMatch(/choose a larger livekit:regions\[0\]\.instanceType/);
  expect(stdout).not.toContain("].nodes'");
});

test("npm run plan reports too few relay ports as the bottleneck, and suggests a port range that is large enough", () => {
  // With a domain there are 2 URLs: 101 / (2 x 2) = 25 participants, 6 rooms of 4; 10 rooms need 160 ports.
  const wider = "pulumi config set -s narrow --path livekit:ports.relay 20000-20159, then pulumi up -s narrow";
  const { stdout } = plan("--stack", "narrow");
  expect(stdout).toContain("relay ports");
  expect(stdout).toContain(wider);
  expect(stdout).toContain("This machine has no pulumi on its PATH: npm run pulumi -- config ... does the same.");
  expect(plan("--stack", "cloud").stdout).not.toContain("livekit:ports.relay");
});

test("npm run plan prints nothing but JSON with --json", () => {
  const { status, stdout } = plan("--stack", "cloud", "--rooms", "60", "--json");
  expect(status).toBe(1);
  const { stack, assessment, costs } = JSON.parse(stdout);
  expect(stack).toBe("cloud");
  expect(assessment.headroom).toBe("short");
  expect(assessment.sites[0].nodesNeeded.expected).toBeGreaterThan(1);
  expect(costs.needed.expected.month).toBeGreaterThan(costs.configured.month);
});

test("npm run plan prints nothing but a flowchart with --diagram", () => {
  expect(parseFlowchart(plan("--stack", "cloud", "--diagram").stdout).boxes.has("euc1_1_livekit")).toBe(true);
});

test.each([
  [
    ["--stack", "cloud", "--participants", "40"],
    1,
    /^--participants 40: .* Use a \S+ with: pulumi config set -s cloud/,
  ],
  [["--stack", "cloud", "--participants", "0"], 1, /^--participants "0": must be a whole number from 2 to 10000/],
  [["--stack", "cloud", "--quality", "4k"], 1, /^--quality "4k": must be one of 360p/],
  [
    ["--stack", "odd"],
    1,
    /^livekit:regions\[0\]\.instanceType "t3\.large": the planner has no data for this instance type/,
  ],
  [["--stack", "nowhere"], 1, /^stack nowhere: there is no Pulumi\.nowhere\.yaml/],
  [["--diagram", "--json"], 2, /cannot be used with option/],
  [["--speed", "11"], 2, /unknown option/],
])("npm run plan rejects the arguments %j with exit code %i", (args, code, words) => {
  const { status, stdout, stderr } = plan(...args);
  expect(status).toBe(code);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
});
