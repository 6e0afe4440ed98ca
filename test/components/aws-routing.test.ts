import { planAws } from "../../model/aws/plan";
import { addressOf, inputsOf, named, ofType, type Registered, registerAws } from "../support/aws-stack";
import { configureAws, fleetValues, trioValues } from "../support/settings";

let fleet: readonly Registered[];
let trio: readonly Registered[];

beforeAll(async () => {
  fleet = await registerAws(fleetValues);
  trio = await registerAws(trioValues);
});

describe("load balancers", () => {
  test.each([
    ["world", ["https", "api"]],
    ["vpc", ["https"]],
  ] as const)(
    "with livekit:apiIngress %j, listen only on the ports that clients use to join",
    async (apiIngress, rows) => {
      const all = await registerAws({ ...fleetValues, apiIngress });
      const { ports } = planAws(configureAws({ ...fleetValues, apiIngress }).settings);
      const expected = rows.map((name) => ["TCP", ports[name].first]).sort();
      for (const code of ["euc1", "use1"]) {
        const listeners = ofType("Listener", all).filter(({ name }) => name.startsWith(code));
        expect(listeners.map(({ inputs }) => [inputs.protocol, inputs.port]).sort()).toEqual(expected);
      }
    },
  );

  test("preserve client addresses and keep the connections of unhealthy or deregistered nodes", () => {
    for (const inputs of inputsOf("TargetGroup", fleet)) {
      expect(inputs).toMatchObject({
        targetType: "instance",
        preserveClientIp: "true",
        connectionTermination: false,
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false }],
        healthCheck: { protocol: inputs.port === 443 ? "HTTPS" : "HTTP", path: "/", matcher: "200" },
      });
    }
    for (const inputs of inputsOf("LoadBalancer", fleet)) {
      if (inputs.loadBalancerType)
        expect(inputs).toMatchObject({ internal: false, enableCrossZoneLoadBalancing: true });
    }
  });

  test("have their own subnets, which contain no nodes", () => {
    const [balancer] = inputsOf("LoadBalancer", fleet).filter(({ subnets }) => subnets);
    const instances = inputsOf("Instance", fleet).map(({ subnetId }) => subnetId);
    for (const subnet of balancer.subnets) expect(instances).not.toContain(subnet);
  });
});

describe("DNS records", () => {
  const recordsOf = (dnsName: string, all: readonly Registered[]) =>
    inputsOf("Record", all).filter(({ name }) => name === dnsName);
  const elasticIps = (all: readonly Registered[]) =>
    ofType("Eip", all).map(({ name }) => addressOf(name.replace("-address", "")));

  test("route joins by latency to a region with healthy targets", () => {
    const records = recordsOf("livekit.example.com", fleet);
    expect(records.map(({ latencyRoutingPolicies, aliases }) => [latencyRoutingPolicies, aliases])).toEqual(
      ["eu-central-1", "us-east-1"].map((region) => [
        [{ region }],
        [
          {
            name: `${region === "us-east-1" ? "use1" : "euc1"}.example.com`,
            zoneId: "Z0123456789",
            evaluateTargetHealth: true,
          },
        ],
      ]),
    );
    expect(recordsOf("use1.example.com", fleet)).toMatchObject([
      { aliases: [{ name: "inspire-lab.elb.us-east-1.amazonaws.com", evaluateTargetHealth: true }] },
    ]);
  });

  test("without a load balancer, list each node's address while its Route 53 health check passes", () => {
    const records = recordsOf("euc1.example.com", trio);
    expect(records.map(({ setIdentifier, records }) => [setIdentifier, records])).toEqual(
      ["euc1-1", "euc1-2", "euc1-3"].map((name) => [name, [addressOf(name)]]),
    );
    expect(new Set(records.map(({ weightedRoutingPolicies }) => weightedRoutingPolicies[0].weight)).size).toBe(1);
    for (const { healthCheckId, setIdentifier } of records) {
      expect(named(healthCheckId.replace(/-id$/, ""), trio).inputs).toMatchObject({
        type: "HTTPS",
        ipAddress: addressOf(setIdentifier),
        port: 443,
        fqdn: "livekit.example.com",
        enableSni: true,
        resourcePath: "/",
      });
    }
  });

  test.each(["fleet", "trio"])("of TURN names in the %s stack contain the nodes' Elastic IPs", (which) => {
    const all = which === "fleet" ? fleet : trio;
    const records = recordsOf("turn.example.com", all);
    for (const record of records) expect(record).not.toHaveProperty("aliases");
    expect(records.flatMap((record) => record.records).sort()).toEqual(elasticIps(all).sort());
  });

  test("keep one routing policy per name for all sizes of a stack: Route 53 rejects two policies for a name", async () => {
    const kinds = async (values: Record<string, string>) => {
      const records = inputsOf("Record", await registerAws(values));
      return records.flatMap(({ name, latencyRoutingPolicies, weightedRoutingPolicies }) =>
        /^(livekit|turn|euc1)\./.test(name)
          ? [[name, latencyRoutingPolicies ? "latency" : weightedRoutingPolicies ? "weighted" : "simple"].join(" ")]
          : [],
      );
    };
    const wanted = ["euc1.example.com weighted", "livekit.example.com latency", "turn.example.com latency"];
    const all = [await kinds({}), await kinds(trioValues), await kinds(fleetValues)];
    expect([...new Set(all.flat())].sort()).toEqual(wanted);
  });

  test("include a separate record for every node", () => {
    for (const address of ofType("Eip", fleet)) {
      const node = address.name.replace("-address", "");
      expect(recordsOf(`${node}.example.com`, fleet)).toMatchObject([{ type: "A", records: [addressOf(node)] }]);
    }
  });
});
