import { AwsOnEngine } from "../../support/aws-engine";
import { suite } from "../../support/provider-stack";
import { testRegion } from "../../support/settings";

const [europe, america] = [testRegion, { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16" }];
const redis = '{"mode": "elasticache"}';

const shapes = {
  none: { regions: JSON.stringify([europe]) },
  nlb: { regions: JSON.stringify([{ ...europe, nodes: 2 }]), redis, loadBalancer: "nlb" },
  dns: { regions: JSON.stringify([{ ...europe, nodes: 2 }]), redis, loadBalancer: "dns" },
} as const;

/** Maps each current component type to its name in the first release. */
const firstNames = {
  DnsRecords: "Names",
  NodeRollout: "NodeChange",
  TargetRegistration: "NodeEntry",
  TrafficRouting: "Entry",
};

/** Components whose children belonged to the stack component in the first release. */
const laterParents = ["Region", "SharedRedis"];

const type = (name: string) => `livekit:aws:${name}`;

interface State {
  readonly resources: readonly { readonly type: string; readonly urn: string }[];
}

/** Returns a state as the first release would have written it. */
function asFirstRelease(text: string): string {
  const state: State = JSON.parse(text);
  const later = laterParents.map(type);
  const resources = state.resources.filter((each) => !later.includes(each.type));
  const stack = resources.find((each) => each.type === type("Stack"))?.urn;
  const moved = JSON.stringify({ ...state, resources })
    .replace(RegExp(`"parent":"[^"]*(${later.join("|")})::[^"]*"`, "g"), `"parent":"${stack}"`)
    .replace(RegExp(`(${later.join("|")})[$]`, "g"), "");
  return Object.entries(firstNames).reduce((all, [name, first]) => all.replaceAll(type(name), type(first)), moved);
}

/** Returns the index of a step, which must exist. */
function at(steps: readonly string[], step: string): number {
  expect(steps).toContain(step);
  return steps.indexOf(step);
}

suite("a stack that changes its regions, nodes or load balancing", () => {
  let aws: AwsOnEngine;

  beforeEach(async () => {
    aws = await AwsOnEngine.open();
  });
  afterEach(() => aws?.remove());

  const become = async (shape: keyof typeof shapes): Promise<string[]> => {
    await aws.configure(shapes[shape]);
    return aws.up();
  };

  test("routes joins only to serving nodes while it changes between one node, load balancers and DNS records", async () => {
    await become("none");
    const several = await become("nlb");
    const led = at(several, "update Record livekit-euc1-name");
    for (const node of ["euc1-1", "euc1-2"]) {
      expect(at(several, `create TargetGroupAttachment ${node}-https-target`)).toBeLessThan(led);
    }
    const byName = await become("dns");
    const unbalanced = at(byName, "delete Record euc1-entry");
    for (const node of ["euc1-1", "euc1-2"]) {
      expect(at(byName, `create Record ${node}-entry`)).toBeLessThan(unbalanced);
    }
    expect(unbalanced).toBeLessThan(at(byName, "delete Listener euc1-https-listener"));
    const balanced = await become("nlb");
    expect(at(balanced, "create Record euc1-entry")).toBeLessThan(at(balanced, "delete Record euc1-1-entry"));
    expect(at(balanced, "create Listener euc1-https-listener")).toBeLessThan(at(balanced, "create Record euc1-entry"));
    const one = await become("none");
    expect(at(one, "update Record livekit-euc1-name")).toBeLessThan(at(one, "delete Record euc1-entry"));
    expect(at(one, "euc1-2 drain")).toBeLessThan(at(one, "delete Instance euc1-2-instance"));
    expect(at(one, "delete Instance euc1-2-instance")).toBeLessThan(at(one, "delete Eip euc1-2-address"));
    expect(await aws.up()).toEqual([]);
  });

  test("needs no change if its state has the component names and parents of release 0.1.0", async () => {
    await aws.configure({ ...shapes.dns, monitoring: "true", flowLogs: "true" });
    await aws.up();
    await aws.rewriteState(asFirstRelease);
    const today = [...Object.keys(firstNames), ...laterParents].map(type);
    for (const name of today) expect(await aws.stateHas(name)).toBe(false);
    expect(await aws.up()).toEqual([]);
    for (const name of today) expect(await aws.stateHas(name)).toBe(true);
  });

  const two = (primary: string) => ({
    regions: JSON.stringify([europe, america].map((region) => ({ ...region, primary: region.name === primary }))),
    redis,
    loadBalancer: "nlb",
  });

  test("makes another region primary one node at a time and keeps all addresses; removing the former region replaces nothing else", async () => {
    await aws.configure(two("eu-central-1"));
    await aws.up();
    // Imitates a state in which the names of the keys, the certificate and Redis did not yet contain the region.
    await aws.rewriteState((text) => {
      const former = asFirstRelease(text).replace(
        /(urn:pulumi:[^"]*::)euc1-(keys|keys-version|certificate|redis[\w-]*)"/g,
        '$1$2"',
      );
      expect(former).toContain('::redis-group"');
      return former;
    });
    expect(await aws.up()).toEqual([]);
    await aws.configure(two("us-east-1"));
    const steps = await aws.up();
    const order = [
      "create ReplicationGroup use1-redis-group",
      "use1-1 drain",
      "delete Instance use1-1-instance",
      "create Instance use1-1-instance",
      "use1-1 apply",
      "euc1-1 drain",
      "delete Instance euc1-1-instance",
      "create Instance euc1-1-instance",
      "euc1-1 apply",
      "delete ReplicationGroup euc1-redis-group",
    ];
    expect(steps.filter((step) => order.includes(step))).toEqual(order);
    expect(steps.filter((step) => / (Eip|Vpc|Subnet|VpcPeeringConnection) /.test(step))).toEqual([]);
    expect(await aws.up()).toEqual([]);

    await aws.configure({ ...two("us-east-1"), regions: JSON.stringify([{ ...america, primary: true }]) });
    const less = await aws.up();
    expect(less.filter((step) => !step.includes("euc1") && !step.startsWith("update "))).toEqual([]);
    const unled = at(less, "delete Record livekit-euc1-name");
    expect(unled).toBeLessThan(at(less, "euc1-1 drain"));
    expect(at(less, "euc1-1 drain")).toBeLessThan(at(less, "delete Instance euc1-1-instance"));
    expect(at(less, "delete Instance euc1-1-instance")).toBeLessThan(at(less, "delete Vpc euc1-vpc"));
    expect(await aws.up()).toEqual([]);
  });
});
