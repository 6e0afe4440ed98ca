import { ingressRules, securityGroupRules } from "../../../../model/aws/ingress";
import { planAws } from "../../../../model/aws/plan";
import { defaultPorts, portNames } from "../../../../model/ports";
import { parseConfiguration } from "../../../../model/settings/parse";
import { secretKeys } from "../../../../model/settings/secret-specs";
import { awsValues, configureAws, fleetValues, testSecrets } from "../../../support/settings";

const rulesOf = (values: Record<string, string> = {}) => ingressRules(planAws(configureAws(values).settings));

test("by default 7880, which is plain HTTP, is for the VPC alone", () => {
  const { apiIngress: _, ...values } = awsValues;
  const { settings } = parseConfiguration({
    values: { ...values, ...testSecrets },
    encrypted: new Set(secretKeys),
    env: {},
  });
  const [api] = ingressRules(planAws(settings)).filter(({ first }) => first === 7880);
  expect(api?.sources).toEqual(["10.0.0.0/16"]);
});

test("beside the port table the security group lets in ICMP for path MTU discovery: type 3, code 4", () => {
  const plan = planAws(configureAws().settings);
  const [icmp, ...others] = securityGroupRules(plan).filter(({ protocol }) => protocol === "icmp");
  expect(icmp).toMatchObject({ first: 3, last: 4, sources: ["0.0.0.0/0"] });
  expect(others).toEqual([]);
  expect(securityGroupRules(plan)).toHaveLength(ingressRules(plan).length + 1);
});

test("the world reaches the whole port table and nothing else", () => {
  const table = portNames.flatMap((name) => {
    const { first, last, protocols } = defaultPorts[name];
    return protocols.map((protocol) => [protocol, first, last, ["0.0.0.0/0"]]);
  });
  expect(rulesOf().map(({ protocol, first, last, sources }) => [protocol, first, last, sources])).toEqual(table);
});

test("narrowed, 7880 is for the VPC and the administrators", () => {
  const rules = rulesOf({ apiIngress: "vpc", adminCidrs: '["203.0.113.0/24"]' });
  const api = rules.filter(({ first }) => first === 7880);
  expect(api.map(({ sources }) => sources)).toEqual([["10.0.0.0/16", "203.0.113.0/24"]]);
  expect(rules.filter((rule) => !api.includes(rule))).toEqual(rulesOf().filter(({ first }) => first !== 7880));
});

test("monitored, the counters are for networks that the stack knows, and never the world's", () => {
  const { regions } = fleetValues;
  const plan = planAws(configureAws({ ...fleetValues, monitoring: "true", scrapeCidrs: '["10.200.0.0/16"]' }).settings);
  expect(JSON.parse(regions).map(({ cidr }: { cidr: string }) => cidr)).toEqual(["10.0.0.0/16", "10.1.0.0/16"]);
  // The primary region's is peered with every other.
  const sources = plan.regions.map(
    (region) => ingressRules(plan, region).find(({ name }) => name === "scrape_tcp")?.sources,
  );
  expect(sources).toEqual([
    ["10.0.0.0/16", "10.200.0.0/16"],
    ["10.1.0.0/16", "10.0.0.0/16", "10.200.0.0/16"],
  ]);
  expect(rulesOf().map(({ name }) => name)).not.toContain("scrape_tcp");
});

test("an overridden row moves its rules", () => {
  const https = rulesOf({ ports: '{"https": 8443}' }).find(({ name }) => name === "https_tcp");
  expect(https).toMatchObject({ first: 8443, last: 8443, sources: ["0.0.0.0/0"] });
});

test("each rule has a name of its own and says what it is for", () => {
  const rules = rulesOf({ apiIngress: "vpc", monitoring: "true" });
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  for (const { description } of rules) expect(description).toMatch(/^(LiveKit|TURN|nginx): ./);
});
