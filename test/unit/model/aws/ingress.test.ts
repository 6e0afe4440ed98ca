import { ingressRules, securityGroupRules } from "../../../../model/aws/ingress";
import { awsFleet, planAws } from "../../../../model/aws/plan";
import { defaultPorts, portNames } from "../../../../model/ports/table";
import { mostNetworks } from "../../../../model/settings/aws-rules";
import { parseConfiguration } from "../../../../model/settings/parse";
import { secretKeys } from "../../../../model/settings/secret-specs";
import { networks } from "../../../support/bad-settings";
import { awsValues, configureAws, fleetValues, testRegion, testSecrets } from "../../../support/settings";

const rulesOf = (values: Record<string, string> = {}) => ingressRules(planAws(configureAws(values).settings));

test("by default, the security group opens port 7880, which is plain HTTP, only to the VPC", () => {
  const { apiIngress: _, ...values } = awsValues;
  const { settings } = parseConfiguration({
    values: { ...values, ...testSecrets },
    encrypted: new Set(secretKeys),
    env: {},
  });
  const [api] = ingressRules(planAws(settings)).filter(({ first }) => first === 7880);
  expect(api?.sources).toEqual(["10.0.0.0/16"]);
});

test("the security group allows the port table and ICMP for path MTU discovery (type 3, code 4)", () => {
  const plan = planAws(configureAws().settings);
  const [icmp, ...others] = securityGroupRules(plan).filter(({ protocol }) => protocol === "icmp");
  expect(icmp).toMatchObject({ first: 3, last: 4, sources: ["0.0.0.0/0"] });
  expect(others).toEqual([]);
  expect(securityGroupRules(plan)).toHaveLength(ingressRules(plan).length + 1);
});

test("a security group has at most AWS's 60 rules per direction, even with the maximum number of configured networks", () => {
  const most = JSON.stringify(networks(mostNetworks));
  const values = { ...fleetValues, monitoring: "true", apiIngress: "vpc", adminCidrs: most, scrapeCidrs: most };
  const plan = planAws(configureAws(values).settings);
  for (const region of plan.regions) {
    const rules = securityGroupRules(plan, region).flatMap(({ sources }) => sources);
    expect(rules.filter((source) => networks(mostNetworks).includes(source))).toHaveLength(2 * mostNetworks);
    expect(rules.length).toBeLessThanOrEqual(60);
  }
});

test('with livekit:apiIngress "world", the security group opens exactly the port table to the world', () => {
  const table = portNames.flatMap((name) => {
    const { first, last, protocols } = defaultPorts[name];
    return protocols.map((protocol) => [protocol, first, last, ["0.0.0.0/0"]]);
  });
  expect(rulesOf().map(({ protocol, first, last, sources }) => [protocol, first, last, sources])).toEqual(table);
});

describe('with livekit:portIngress "inUse"', () => {
  const opened = (values: Record<string, string>) =>
    rulesOf({ portIngress: "inUse", ...values })
      .filter(({ name }) => /^(media|iceUdp)_/.test(name))
      .map(({ name, first, last }) => [name, first, last]);
  const type = (instanceType: string) => ({ regions: JSON.stringify([{ ...testRegion, instanceType }]) });

  test.each([
    ["as many media ports as the instance has vCPUs", {}, [["media_udp", 50000, 50001]]],
    ["more media ports on an instance with more vCPUs", type("c7i.4xlarge"), [["media_udp", 50000, 50015]]],
    ["a single media port on an instance with one vCPU", type("c7g.medium"), [["media_udp", 50000, 50000]]],
    [
      "no media port outside of livekit:ports.media",
      { ports: '{"media": "50000-50002"}', ...type("c7i.4xlarge") },
      [["media_udp", 50000, 50002]],
    ],
    ["all media ports on an instance type that is not in the table", type("r7i.large"), [["media_udp", 50000, 50100]]],
    [
      'all media ports if livekit:mediaTransport is "range"',
      { mediaTransport: "range" },
      [["media_udp", 50000, 50100]],
    ],
    ['only the mux port if livekit:mediaTransport is "mux"', { mediaTransport: "mux" }, [["iceUdp_udp", 7882, 7882]]],
  ] as const)("the world reaches %s", (_, values, rules) => expect(opened(values)).toEqual(rules));

  test("every port that is not for media is open to the same sources as by default", () => {
    const others = (values: Record<string, string>) =>
      rulesOf(values).filter(({ name }) => !/^(media|iceUdp)_/.test(name));
    expect(others({ portIngress: "inUse" })).toEqual(others({}));
  });

  test.each(["multiMux", "mux", "range"])(
    "with livekit:mediaTransport %j, LiveKit uses exactly the open media ports",
    (mediaTransport) => {
      const plan = planAws(configureAws({ portIngress: "inUse", mediaTransport }).settings);
      const [server] = awsFleet(plan).nodes[0].servers;
      expect(opened({ mediaTransport }).map(([, ...span]) => span)).toEqual([[server.media.first, server.media.last]]);
    },
  );

  test("each region opens the ports of its own instance type", () => {
    const all = JSON.parse(fleetValues.regions).map((region: object, i: number) => ({
      ...region,
      instanceType: i === 0 ? "c7i.large" : "c7i.xlarge",
    }));
    const values = { ...fleetValues, portIngress: "inUse", regions: JSON.stringify(all) };
    const plan = planAws(configureAws(values).settings);
    const last = plan.regions.map(
      (region) => ingressRules(plan, region).find(({ name }) => name === "media_udp")?.last,
    );
    expect(last).toEqual([50001, 50003]);
  });
});

test('with livekit:apiIngress "vpc", the security group opens port 7880 to the VPC and to the networks in livekit:adminCidrs', () => {
  const rules = rulesOf({ apiIngress: "vpc", adminCidrs: '["203.0.113.0/24"]' });
  const api = rules.filter(({ first }) => first === 7880);
  expect(api.map(({ sources }) => sources)).toEqual([["10.0.0.0/16", "203.0.113.0/24"]]);
  expect(rules.filter((rule) => !api.includes(rule))).toEqual(rulesOf().filter(({ first }) => first !== 7880));
});

test("with monitoring, the security group opens the metrics port to the networks of the stack and of livekit:scrapeCidrs only", () => {
  const { regions } = fleetValues;
  const plan = planAws(configureAws({ ...fleetValues, monitoring: "true", scrapeCidrs: '["10.200.0.0/16"]' }).settings);
  expect(JSON.parse(regions).map(({ cidr }: { cidr: string }) => cidr)).toEqual(["10.0.0.0/16", "10.1.0.0/16"]);
  // The primary region's network is peered with the network of every other region.
  const sources = plan.regions.map(
    (region) => ingressRules(plan, region).find(({ name }) => name === "scrape_tcp")?.sources,
  );
  expect(sources).toEqual([
    ["10.0.0.0/16", "10.200.0.0/16"],
    ["10.1.0.0/16", "10.0.0.0/16", "10.200.0.0/16"],
  ]);
  expect(rulesOf().map(({ name }) => name)).not.toContain("scrape_tcp");
});

test("the security group rules of an overridden port have the new port number", () => {
  const https = rulesOf({ ports: '{"https": 8443}' }).find(({ name }) => name === "https_tcp");
  expect(https).toMatchObject({ first: 8443, last: 8443, sources: ["0.0.0.0/0"] });
});

test("each security group rule has a unique name and describes its purpose", () => {
  const rules = rulesOf({ apiIngress: "vpc", monitoring: "true" });
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  for (const { description } of rules) expect(description).toMatch(/^(LiveKit|TURN|nginx): ./);
});
