import { planAws } from "../../../model/aws/plan";
import type { RawConfig } from "../../../model/settings/parse";
import { AwsCli } from "../../../scripts/aws/cli";
import { type AwsContext, addressesOf } from "../../../scripts/doctor/aws-context";
import { nameChecks } from "../../../scripts/doctor/aws-names";
import { balancerChecks, nodeServiceChecks } from "../../../scripts/doctor/aws-node";
import { configureAws, fleetValues, trioValues } from "../../support/settings";
import { fakeMachine } from "../tools/fake-machine";

const addresses = {
  "euc1-1": { address: "192.0.2.1" },
  "euc1-2": { address: "192.0.2.2" },
  "euc1-3": { address: "192.0.2.3" },
  "use1-1": { address: "198.51.100.1" },
  "use1-2": { address: "198.51.100.2" },
};

async function contextOf(values: RawConfig["values"], found: Parameters<typeof addressesOf>[1] = addresses) {
  const machine = fakeMachine({
    commands: { aws: "/usr/bin/aws" },
    answer: (line) => {
      if (line.includes("--version")) return "aws-cli/2.23.6";
      const region = /--region (\S+)/.exec(line)?.[1];
      return JSON.stringify({ LoadBalancers: [{ DNSName: `lb.${region}` }] });
    },
  });
  const aws = await AwsCli.find("eu-central-1", machine);
  const { settings } = configureAws(values);
  const outputs = {} as AwsContext["outputs"];
  const context = { stack: "prod", plan: planAws(settings), outputs, aws, addressOf: addressesOf("prod", found) };
  return context satisfies AwsContext;
}

/** Runs the checks of DNS names. Maps each name to the detail of its passed check, or to its error message. */
async function findingsOf(context: AwsContext, dns: Readonly<Record<string, readonly string[]>>) {
  const { signal } = new AbortController();
  const checks = nameChecks(context, async (name) => dns[name] ?? Promise.reject(new Error("ENOTFOUND")));
  const results = checks.map(async ({ title, run }) => {
    const said = await run(signal).catch((error: Error) => error.message);
    return [title.replace("name ", "").replace(".example.com", ""), said] as const;
  });
  return Object.fromEntries(await Promise.all(results));
}

const withDomain = (names: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(names).map(([label, found]) => [`${label}.example.com`, found]));

test("the DNS check accepts the DNS names of a single node if they all resolve to the node's address", async () => {
  const context = await contextOf({});
  const right = withDomain({ livekit: ["192.0.2.1"], turn: ["192.0.2.1"], "euc1-1": ["192.0.2.1"] });
  expect(await findingsOf(context, right)).toEqual({ livekit: "192.0.2.1", turn: "192.0.2.1", "euc1-1": "192.0.2.1" });
  expect(await findingsOf(context, { ...right, "turn.example.com": ["192.0.2.9"] })).toMatchObject({
    turn: "it resolves to 192.0.2.9; expected 192.0.2.1",
  });
});

const balancers = { "lb.eu-central-1": ["203.0.113.1", "203.0.113.2"], "lb.us-east-1": ["203.0.113.3"] };
const fleetNames = withDomain({
  livekit: ["203.0.113.2", "203.0.113.1"],
  turn: ["198.51.100.2", "198.51.100.1"],
  euc1: ["203.0.113.1", "203.0.113.2"],
  use1: ["203.0.113.3"],
  "euc1-1": ["192.0.2.1"],
  "euc1-2": ["192.0.2.2"],
  "use1-1": ["198.51.100.1"],
  "use1-2": ["198.51.100.2"],
});

test("with load balancers in several regions, the DNS check accepts names that resolve to one region's load balancer or nodes", async () => {
  expect(await findingsOf(await contextOf(fleetValues), { ...balancers, ...fleetNames })).toEqual({
    livekit: "203.0.113.1, 203.0.113.2",
    turn: "198.51.100.1, 198.51.100.2",
    euc1: "203.0.113.1, 203.0.113.2",
    use1: "203.0.113.3",
    "euc1-1": "192.0.2.1",
    "euc1-2": "192.0.2.2",
    "use1-1": "198.51.100.1",
    "use1-2": "198.51.100.2",
  });
});

test.each([
  [
    "livekit",
    ["192.0.2.1"],
    "it resolves to 192.0.2.1; expected one or more of 203.0.113.1, 203.0.113.2, or 203.0.113.3",
  ],
  ["use1", ["203.0.113.1"], "it resolves to 203.0.113.1; expected one or more of 203.0.113.3"],
  ["turn", ["192.0.2.1"], /^it resolves to 192\.0\.2\.1; expected 192\.0\.2\.1, 192\.0\.2\.2; or 198/],
  ["turn", ["192.0.2.1", "198.51.100.1"], /; expected 192/],
  ["use1-2", ["198.51.100.1"], "it resolves to 198.51.100.1; expected 198.51.100.2"],
])("the DNS check fails if the DNS name %s resolves to %j", async (label, found, said) => {
  const dns = { ...balancers, ...fleetNames, [`${label}.example.com`]: found };
  expect((await findingsOf(await contextOf(fleetValues), dns))[label]).toEqual(
    typeof said === "string" ? said : expect.stringMatching(said),
  );
});

test("without a load balancer, the API's name may resolve to some of the nodes, but the TURN name must resolve to all nodes", async () => {
  const own = { "euc1-1": ["192.0.2.1"], "euc1-2": ["192.0.2.2"], "euc1-3": ["192.0.2.3"] };
  const dns = withDomain({ ...own, livekit: ["192.0.2.3"], euc1: ["192.0.2.2"], turn: Object.values(own).flat() });
  expect(await findingsOf(await contextOf(trioValues), dns)).toMatchObject({
    livekit: "192.0.2.3",
    euc1: "192.0.2.2",
    turn: "192.0.2.1, 192.0.2.2, 192.0.2.3",
  });
});

test("the DNS check names a configured node that has no address", async () => {
  const { "euc1-3": _, ...found } = addresses;
  const said = await findingsOf(await contextOf(trioValues, found), withDomain({ "euc1-3": ["192.0.2.3"] }));
  expect(said["euc1-3"]).toBe("node euc1-3 has no address");
});

test("npm run doctor checks each node's ports, relay and certificates, and the ports that load balancers forward", async () => {
  const context = await contextOf({ ...fleetValues, apiIngress: "vpc" });
  const titles = nodeServiceChecks(context).map(({ title }) => title);
  for (const { name } of context.plan.nodes) {
    const own = titles.filter((title) => title.startsWith(`${name}: `)).map((title) => title.slice(name.length + 2));
    expect(own).toContainEqual(expect.stringMatching(/^port 443\/tcp/));
    expect(own).toContainEqual(expect.stringMatching(/^port 7881\/tcp/));
    expect(own).not.toContainEqual(expect.stringMatching(/^port 7880\/tcp/));
    expect(own).toEqual(expect.arrayContaining(["STUN on 3478/udp", "TURN credentials"]));
  }
  expect(balancerChecks(context).map(({ title }) => title.replace(/ \(.*/, ""))).toEqual([
    "euc1.example.com: port 443/tcp",
    "use1.example.com: port 443/tcp",
  ]);
  const open = balancerChecks(await contextOf({ ...fleetValues, apiIngress: "world" }));
  expect(open.filter(({ title }) => title.includes("port 7880/tcp"))).toHaveLength(2);
});

test("the checks of a single node have no node name in their titles and include no load balancer checks", async () => {
  const context = await contextOf({});
  expect(nodeServiceChecks(context).map(({ title }) => title)).toContain("STUN on 3478/udp");
  expect(balancerChecks(context)).toEqual([]);
});
