import type { RawConfig } from "../../model/settings/parse";
import { policyContext } from "../../policy/context";
import { containerRules } from "../../policy/rules/containers";
import { matches } from "../../policy/waiver";
import { waivers } from "../../policy/waivers";
import { localExamples } from "../support/examples";
import { registerLocal } from "../support/local-stack";
import { broken, type PlannedResource, validate } from "../support/policies";
import { configure, testSecrets } from "../support/settings";

const context = (values: RawConfig["values"] = {}) => policyContext(configure(values));

test.each(Object.entries(localExamples))("example %s complies with every policy rule", async (_, { values, host }) => {
  expect(await validate(await registerLocal(values, {}, host), context(values))).toEqual([]);
});

const socket = "/var/run/docker.sock";
const published = (external: number) => ({ ports: [{ internal: 6379, external, protocol: "tcp", ip: "0.0.0.0" }] });

const breaches: readonly (readonly [rule: string, resource: string, change: Partial<PlannedResource>])[] = [
  ["container-root", "livekit", { inputs: { readOnly: false } }],
  ["container-capabilities", "livekit", { inputs: { capabilities: { drops: ["ALL"], adds: ["CAP_NET_ADMIN"] } } }],
  ["container-capabilities", "livekit", { inputs: { capabilities: undefined } }],
  ["container-privileges", "coturn", { inputs: { securityOpts: [] } }],
  ["container-privileges", "coturn", { inputs: { privileged: true } }],
  ["container-privileges", "coturn", { inputs: { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] } }],
  ["container-privileges", "coturn", { inputs: { pidMode: "host" } }],
  ["container-user", "livekit-redis", { inputs: { user: undefined } }],
  ["container-user", "livekit-redis", { inputs: { user: "root" } }],
  ["container-log", "nginx", { inputs: { logOpts: { "max-size": "10m" } } }],
  ["container-volumes", "nginx", { inputs: { volumes: [{ hostPath: socket, containerPath: socket }] } }],
  ["container-volumes", "nginx", { inputs: { mounts: [{ type: "bind", source: socket, target: socket }] } }],
  ["container-ports", "livekit-redis", { inputs: published(6379) }],
  ["images-pinned", "nginx-image", { inputs: { name: "nginx:latest" } }],
  ["images-pinned", "nginx-image", { inputs: { name: "registry.example.com:5000/nginx" } }],
  ["owner-marked", "livekit", { inputs: { labels: [] } }],
  ["owner-marked", "network", { inputs: { labels: undefined } }],
  ["secrets-in-place", "validation", { inputs: { create: `validate ${testSecrets["apiSecret"]}` } }],
  ["secrets-in-place", "livekit", { inputs: { envs: [`KEY=${testSecrets["apiSecret"]}`] } }],
];

describe("a stack that violates a policy rule", () => {
  let planned: readonly PlannedResource[];

  beforeAll(async () => {
    planned = await registerLocal();
  });

  test.each(breaches)("is reported by rule %s with resource %s", async (rule, resource, change) => {
    const violations = await validate(broken(planned, resource, change), context());
    expect(violations.map(({ policy, resource }) => [policy, resource])).toEqual([[rule, resource]]);
  });

  test("exists in these tests for every container rule", () => {
    const found = new Set(breaches.map(([rule]) => rule));
    for (const { name } of containerRules) expect(found).toContain(name);
  });
});

test("every container waiver is needed by an example", async () => {
  const found = new Set<unknown>();
  for (const { values, host } of Object.values(localExamples)) {
    for (const { policy, message } of await validate(await registerLocal(values, {}, host), context(values), [])) {
      for (const waiver of waivers) if (matches(waiver, policy, message.split(". ")[0] ?? "")) found.add(waiver);
    }
  }
  expect([...found]).toEqual(waivers.filter(({ rule }) => rule.startsWith("container-")));
});
