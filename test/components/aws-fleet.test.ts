import { inputsOf, named, ofType, type Registered, registerAws } from "../support/aws-stack";
import { fleetValues, type testRegion, testSecrets, trioValues } from "../support/settings";

let fleet: readonly Registered[];
let trio: readonly Registered[];

beforeAll(async () => {
  fleet = await registerAws(fleetValues);
});

beforeAll(async () => {
  trio = await registerAws(trioValues);
});

const cidrs = { "eu-central-1": "10.0.0.0/16", "us-east-1": "10.1.0.0/16" } as const;
const [near, far] = JSON.parse(fleetValues.regions) as [typeof testRegion, typeof testRegion];

test("the program sets the region of every regional resource", () => {
  const codes: Readonly<Record<string, string>> = { euc1: "eu-central-1", use1: "us-east-1" };
  const home = /bundle/;
  const regional = fleet.filter(({ type }) => type.startsWith("aws:") && !/^aws:(iam|route53)\//.test(type));
  expect(regional.length).toBeGreaterThan(90);
  for (const { name, inputs } of regional) {
    // The name of a VPC peering's accepter contains two regions. The accepter is in the second one.
    const code = name.endsWith("-accepted") ? name.slice(5, 9) : name.slice(0, 4);
    const region = home.test(name) ? "eu-central-1" : codes[code];
    expect([name, inputs.region]).toEqual([name, region]);
  }
});

test("the program registers the same resources for any order of livekit:regions", async () => {
  expect(await registerAws({ ...fleetValues, regions: JSON.stringify([far, near]) })).toEqual(fleet);
});

/**
 * Returns a resource's inputs that stay the same when a node is added. Leaves out the relay peers, the TURN record and
 * the delay of the alarm for a region without a healthy node.
 */
function own({ name, inputs }: Registered): unknown {
  if (name.endsWith("-unserved-alarm")) return { ...inputs, alarmDescription: "", evaluationPeriods: 0 };
  if (name === "turn-euc1-name") return { ...inputs, records: [] };
  if (name.endsWith("-bundle")) {
    const { "stack/coturn/turn-peers": _, ...files } = JSON.parse(inputs.content);
    return { ...inputs, content: files };
  }
  if (!name.endsWith("-change")) return inputs;
  return { ...inputs, environment: { ...inputs.environment, COTURN: "", SHA256: "" } };
}

test.each([
  ["region that gets a third node", JSON.stringify([{ ...near, nodes: 3 }, far])],
  ["region that loses its second node", JSON.stringify([near, { ...far, nodes: 1 }])],
])("a %s changes only the TURN relay peers of the other nodes", async (_, regions) => {
  const after = await registerAws({ ...fleetValues, regions });
  const names = new Set(after.map(({ type, name }) => `${type} ${name}`));
  const common = fleet.filter(({ type, name }) => names.has(`${type} ${name}`) && name !== "turn-use1-name");
  expect(common.length).toBeGreaterThan(100);
  for (const before of common) {
    const same = after.find(({ type, name }) => type === before.type && name === before.name);
    expect([before.name, same && own(same)]).toEqual([before.name, own(before)]);
  }
});

test("an added region changes only node bundles and change requests in the first region", async () => {
  const alone = await registerAws({ ...fleetValues, regions: JSON.stringify([near]) });
  const machines = alone.filter(({ name }) => /^euc1/.test(name) && !/-(bundle|change)$/.test(name));
  expect(machines.length).toBeGreaterThan(50);
  for (const { type, name, inputs } of machines) {
    const same = fleet.find((each) => each.type === type && each.name === name);
    expect([name, same?.inputs]).toEqual([name, inputs]);
  }
});

describe("Redis", () => {
  const group = (all = fleet) => named("euc1-redis-group", all);

  test("is one replication group in two availability zones with TLS, AUTH and automatic failover, without cluster mode", () => {
    const { inputs, secretInputs } = group();
    expect(inputs).toMatchObject({
      region: "eu-central-1",
      authToken: testSecrets["redisPassword"],
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      numCacheClusters: 2,
    });
    expect(secretInputs).toEqual(["authToken"]);
    for (const sharded of ["numNodeGroups", "clusterMode"]) expect(inputs).not.toHaveProperty(sharded);
    const subnets = named("euc1-redis-subnets", fleet).inputs.subnetIds as string[];
    const zones = subnets.map((id) => named(id.replace(/-id$/, ""), fleet).inputs.availabilityZone);
    expect(new Set(zones).size).toBe(2);
  });

  test("accepts connections on port 6379 only from the networks of all regions", () => {
    const rules = inputsOf("SecurityGroupIngressRule", fleet).filter(
      ({ securityGroupId }) => securityGroupId === "euc1-redis-firewall-id",
    );
    expect(rules.map(({ ipProtocol, fromPort, toPort, cidrIpv4 }) => [ipProtocol, fromPort, toPort, cidrIpv4])).toEqual(
      Object.values(cidrs).map((cidr) => ["tcp", 6379, 6379, cidr]),
    );
    expect(group().inputs.securityGroupIds).toEqual(["euc1-redis-firewall-id"]);
    const out = inputsOf("SecurityGroupEgressRule", fleet).map(({ securityGroupId }) => securityGroupId);
    expect(out).toEqual(["euc1-nodes-id", "use1-nodes-id"]);
  });

  test("has its address in every node's livekit.yaml, and nodes of other regions wait for the VPC peering and its routes", () => {
    for (const { inputs } of ofType("BucketObjectv2", fleet)) {
      expect(JSON.parse(inputs.content)["stack/livekit/livekit.yaml"]).toContain(
        "address: master.inspire-lab-redis.cache.amazonaws.com:6379",
      );
    }
    const way = ["use1-to-euc1", "euc1-to-use1", "euc1-redis-from-use1"];
    expect(named("use1-1-change", fleet).dependencies).toEqual(expect.arrayContaining(way));
  });

  test("accepts the previous and the new password during a rotation, and only the new password afterwards", async () => {
    expect(group().inputs.authTokenUpdateStrategy).toBe("SET");
    const rotating = await registerAws({
      ...fleetValues,
      previousApiKey: "APIbefore",
      previousApiSecret: "before-api-secret-0123456789abcdef",
      previousTurnSecret: "before-turn-secret-0123456789abcdef",
    });
    expect(group(rotating).inputs.authTokenUpdateStrategy).toBe("ROTATE");
  });

  test("is not created for an external Redis", () => {
    expect(trio.filter(({ type }) => /elasticache|Peering/.test(type))).toEqual([]);
  });
});

test("each peering has a route to the other network on both sides", () => {
  const [peering, ...others] = inputsOf("VpcPeeringConnection", fleet);
  expect(others).toEqual([]);
  expect(peering).toMatchObject({ region: "eu-central-1", peerRegion: "us-east-1", peerVpcId: "use1-vpc-id" });
  const [accepter] = inputsOf("VpcPeeringConnectionAccepter", fleet);
  expect(accepter).toMatchObject({ region: "us-east-1", autoAccept: true });
  const routes = inputsOf("Route", fleet).filter((route) => route.vpcPeeringConnectionId);
  expect(
    routes.map(({ region, routeTableId, destinationCidrBlock }) => [region, routeTableId, destinationCidrBlock]),
  ).toEqual([
    ["eu-central-1", "euc1-routes-id", cidrs["us-east-1"]],
    ["us-east-1", "use1-routes-id", cidrs["eu-central-1"]],
  ]);
});

const withOtherPrimary = () =>
  registerAws({
    ...fleetValues,
    regions: JSON.stringify([
      { ...near, primary: false },
      { ...far, primary: true },
    ]),
  });

test("a change of the primary region keeps the networks and the peering, because AWS allows one peering between two VPCs", async () => {
  const moved = await withOtherPrimary();
  const kept = fleet.filter(({ type, name }) => /^aws:ec2\//.test(type) && !/instance|redis|shared/.test(name));
  expect(kept.length).toBeGreaterThan(25);
  for (const { type, name, inputs } of kept) {
    const same = moved.find((each) => each.type === type && each.name === name);
    expect([name, same?.inputs]).toEqual([name, inputs]);
  }
  expect(named("use1-redis-group", moved).inputs.region).toBe("us-east-1");
  expect(named("use1-2-instance", moved).inputs.userData).toContain('"region":"us-east-1"');
});

test("a change of the primary region recreates that region's named resources under new logical names", async () => {
  const moved = await withOtherPrimary();
  const inPlace = ({ type, name, inputs }: Registered) => {
    const same = moved.find((each) => each.type === type && each.name === name);
    return same !== undefined && same.inputs.region !== inputs.region;
  };
  const ownName = ({ type, inputs }: Registered) =>
    [inputs.name, inputs.replicationGroupId, type === "aws:s3/bucket:Bucket" && inputs.bucket].some(Boolean);
  expect(fleet.filter(inPlace)).not.toEqual([]);
  expect(fleet.filter((each) => ownName(each) && inPlace(each)).map(({ name }) => name)).toEqual([]);
});

describe("rollouts", () => {
  const order = ["euc1-1", "euc1-2", "use1-1", "use1-2"];

  test("change one node at a time across regions: each node waits until the previous node serves", () => {
    for (const [i, node] of order.entries()) {
      const before = order[i - 1];
      const joined = before ? ["api-target", "change", "https-target"].map((part) => `${before}-${part}`) : [];
      for (const step of ["change", "instance"]) {
        const { dependencies } = named(`${node}-${step}`, fleet);
        const waited = dependencies.filter((name) => /-(change|target)$/.test(name));
        expect([node, step, waited.sort()]).toEqual([node, step, joined]);
      }
    }
  });

  test.each([
    ["the load balancer's target groups", "https-target", "fleet"],
    ["its DNS record", "entry", "trio"],
  ])(
    "register a healthy node in %s; deletion runs in reverse order, so Pulumi deregisters the node before the drain",
    (_, suffix, which) => {
      const all = which === "fleet" ? fleet : trio;
      const parts = all.filter(
        ({ type, name }) => /^\w+-\d/.test(name) && name.endsWith(`-${suffix}`) && !type.startsWith("livekit:"),
      );
      expect(parts.length).toBe(ofType("Instance", all).length);
      for (const { name, dependencies } of parts) {
        expect(dependencies).toContain(name.replace(suffix, "change"));
      }
    },
  );

  test("pass a node's region, target groups and health check to its change request", () => {
    expect(named("use1-1-change", fleet).inputs.environment).toMatchObject({
      AWS_REGION: "eu-central-1",
      NODE_REGION: "us-east-1",
      TARGET_GROUPS: "arn:aws:test:::use1-https-targets arn:aws:test:::use1-api-targets",
      INSTANCE: "use1-1-instance-id",
    });
    expect(named("euc1-2-change", trio).inputs.environment).toMatchObject({ HEALTH_CHECK: "euc1-2-health-id" });
    expect(named("use1-1-change", fleet).inputs.environment.LIVEKIT).toMatch(/ mayHaveOthers=true /);
  });

  test("change a node only after listeners use its target groups: a load balancer does not health-check an unused target group", () => {
    for (const { name, dependencies } of ofType("Command", fleet)) {
      const listeners = ["api", "https"].map((row) => `${name.slice(0, 4)}-${row}-listener`);
      expect(dependencies).toEqual(expect.arrayContaining(listeners));
    }
  });

  test("let every node poll the primary region's bucket and read only the node's own prefix", () => {
    for (const { name, inputs } of ofType("Instance", fleet)) {
      const node = name.replace("-instance", "");
      expect(inputs.userData).toContain(`{"node":"${node}","bucket":"inspire-lab-0a1b2c","region":"eu-central-1"}`);
      expect(named(`${node}-policy`, fleet).inputs.policy).toContain(`arn:aws:s3:::inspire-lab-0a1b2c/nodes/${node}/`);
    }
  });
});

test("each alarm notifies the SNS topic in its own region", async () => {
  const arn = (region: string) => `arn:aws:sns:${region}:123456789012:oncall`;
  const alarms = JSON.stringify({ topicArns: Object.keys(cidrs).map(arn) });
  for (const { region, alarmActions } of inputsOf("MetricAlarm", await registerAws({ ...fleetValues, alarms }))) {
    expect(alarmActions).toEqual([arn(region)]);
  }
});

test("livekit:protect protects every Elastic IP, the bucket, the secrets, the signing key and Redis", async () => {
  const guarded = (await registerAws({ ...fleetValues, protect: "true" })).filter(({ protect }) => protect);
  expect(guarded.map(({ name }) => name).sort()).toEqual(
    [
      "bundles",
      "euc1-certificate",
      "euc1-keys",
      "euc1-redis-group",
      "euc1-requests",
      ...["euc1-1", "euc1-2", "use1-1", "use1-2"].map((n) => `${n}-address`),
    ].sort(),
  );
});

test("only the Secrets Manager value and Redis' AUTH token contain secrets", () => {
  const others = JSON.stringify(fleet.filter(({ name }) => !["euc1-keys-version", "euc1-redis-group"].includes(name)));
  for (const secret of Object.values(testSecrets).filter((value) => value.startsWith("planted"))) {
    expect(others).not.toContain(secret);
  }
});
