import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  DeleteListenerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ElastiCacheClient, ModifyReplicationGroupCommand } from "@aws-sdk/client-elasticache";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListHealthChecksCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { type SimulatedAws, simulatedRegion } from "../../../../../../test/support/simulated-aws";
import { awsOptions } from "../../../../../../test/support/simulator-account";
import { required } from "../../../../../provider-kit/required";
import { type EntryVersion, entryProgram } from "../../../support/entry-program";
import { meetAccount, simulatedType } from "../../../support/simulated-type";

const first: EntryVersion = { generation: "a", number: 1, policy: "weighted", token: "planted-one-7f3a9c" };
const second = { number: 2, token: "planted-two-7f3a9c" };

/** Tests the resource types of Route 53, Elastic Load Balancing and ElastiCache. */
export function entryTypes(context: () => SimulatedAws): void {
  let aws: SimulatedAws;
  let route53: Route53Client;
  let balancing: ElasticLoadBalancingV2Client;
  let elastiCache: ElastiCacheClient;
  let zoneId: string;
  let program: ReturnType<typeof entryProgram>;

  beforeAll(async () => {
    aws = context();
    meetAccount(aws);
    const access = awsOptions(aws.simulator, simulatedRegion);
    route53 = new Route53Client(access);
    balancing = new ElasticLoadBalancingV2Client(access);
    elastiCache = new ElastiCacheClient(access);
    const zone = await route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "test" }));
    zoneId = required(zone.HostedZone?.Id, "Id").replace("/hostedzone/", "");
    const place = await openNetwork(new EC2Client(access));
    program = entryProgram(() => aws.provider(), { zoneId, ...place });
  });

  const up = (version: Partial<EntryVersion>) => aws.stack.up(program({ ...first, ...version }));
  const sets = async () =>
    (await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }))).ResourceRecordSets ?? [];

  const named = async (name: string) => (await sets()).filter(({ Name }) => Name === `${name}.example.com.`);

  const onlyHealthCheck = async () => {
    const [{ Id, HealthCheckConfig } = {}] = (await route53.send(new ListHealthChecksCommand())).HealthChecks ?? [];
    return { Id, HealthCheckConfig };
  };
  const onlyBalancer = async () => {
    const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand());
    return { LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn };
  };
  /** Reports whether the simulated Redis accepts a token. */
  const takes = async (token: string) => {
    const cache = await aws.simulator.findCache(`${simulatedRegion}.redis-a`);
    return (await cache?.command("AUTH", "default", token).catch(() => "refused"))?.trim() === "OK";
  };

  test("a create fails for a Route 53 record that already exists outside the stack", async () => {
    const set = { Name: "livekit.example.com", Type: "A" as const, TTL: 60, ResourceRecords: [{ Value: "192.0.2.1" }] };
    const change = (Action: "CREATE" | "DELETE", ResourceRecordSet: ResourceRecordSet) =>
      route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
        }),
      );
    const own = { ...set, SetIdentifier: "one", Region: "eu-central-1" as const };
    await change("CREATE", own);
    const near = { setIdentifier: "one", latencyRoutingPolicies: [{ region: simulatedRegion }] };
    const wanted = { zoneId, name: "livekit.example.com", type: "A", ttl: 60, records: ["192.0.2.2"], ...near };
    await expect(simulatedType("aws:route53/record:Record").create(wanted)).rejects.toThrow(
      /set-identifier='one'\] but it already exists/,
    );
    await change("DELETE", own);
  });

  test("Route 53 records with the same set identifier can be deleted concurrently and stay deleted", async () => {
    const record = simulatedType("aws:route53/record:Record");
    const near = { setIdentifier: "both", latencyRoutingPolicies: [{ region: simulatedRegion }] };
    const wanted = ["livekit", "turn"].map((name) => {
      return { zoneId, name: `${name}.example.com`, type: "A", ttl: 60, records: ["192.0.2.1"], ...near };
    });
    const made = await Promise.all(wanted.map(async (each) => [await record.create(each), each] as const));
    await Promise.all(made.map(([id, each]) => record.remove(id, each)));
    const { ResourceRecordSets } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
    expect(ResourceRecordSets?.filter(({ SetIdentifier }) => SetIdentifier === "both")).toEqual([]);
  });

  test("an update creates every resource; a second update and a refresh find no changes", async () => {
    await up({});
    expect(await takes(first.token)).toBe(true);
    expect((await up({})).summary.resourceChanges).toEqual({ same: 14 });
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 14 });
  });

  test("a refresh finds changes made outside Pulumi, and the next update reverts them", async () => {
    const HealthCheckId = (await onlyHealthCheck()).Id;
    await route53.send(new UpdateHealthCheckCommand({ HealthCheckId, FailureThreshold: 9 }));
    const { TargetGroups = [] } = await balancing.send(new DescribeTargetGroupsCommand());
    const TargetGroupArn = TargetGroups[0]?.TargetGroupArn;
    const Attributes = [{ Key: "preserve_client_ip.enabled", Value: "false" }];
    await balancing.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
    const { Listeners = [] } = await balancing.send(new DescribeListenersCommand(await onlyBalancer()));
    await balancing.send(new DeleteListenerCommand({ ListenerArn: Listeners[0]?.ListenerArn }));
    const described = { ReplicationGroupId: "redis-a", ReplicationGroupDescription: "strange" };
    await elastiCache.send(new ModifyReplicationGroupCommand(described));
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 10, update: 3, delete: 1 });
    expect((await up({})).summary.resourceChanges).toEqual({ same: 10, update: 3, create: 1 });
  });

  test("Pulumi updates, replaces and deletes every resource, and no secret is in state or output", async () => {
    const out = { Disabled: true, Inverted: true };
    await route53.send(new UpdateHealthCheckCommand({ HealthCheckId: (await onlyHealthCheck()).Id, ...out }));
    expect((await up(second)).summary.resourceChanges).toEqual({ same: 5, update: 9 });
    // Outside Pulumi, a deregistration has inverted the health check. An update keeps it inverted.
    expect((await onlyHealthCheck()).HealthCheckConfig).toMatchObject({ FailureThreshold: 2, ...out });
    // During the rotation the previous token also works.
    expect([await takes(first.token), await takes(second.token)]).toEqual([true, true]);
    const moved = await up({ ...second, policy: "latency" });
    expect(moved.summary.resourceChanges).toEqual({ same: 13, update: 1 });
    expect(await named("nodes-a")).toMatchObject([{ SetIdentifier: "one", Region: simulatedRegion }]);
    const next = await up({ ...second, generation: "b", policy: "latency" });
    expect(next.summary.resourceChanges).toEqual({ same: 3, replace: 9, update: 2 });
    expect(await named("other")).toMatchObject([{ SetIdentifier: "node", Weight: 2 }]);
    await aws.stack.destroy();
    expect((await sets()).map(({ Type }) => Type).sort()).toEqual(["NS", "SOA"]);
    expect(aws.stack.shows("planted-")).toBe(false);
  });
}

async function openNetwork(ec2: EC2Client) {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
  const vpcId = required(Vpc?.VpcId, "VpcId");
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand());
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
  const subnets = await Promise.all(
    ["a", "b"].map(async (zone, index) => {
      const place = { VpcId: vpcId, CidrBlock: `10.20.${index}.0/24`, AvailabilityZone: `${simulatedRegion}${zone}` };
      return required((await ec2.send(new CreateSubnetCommand(place))).Subnet?.SubnetId, "SubnetId");
    }),
  );
  const machine = { ImageId: "ami-12345678", MinCount: 1, MaxCount: 1, SubnetId: subnets[0] };
  const { Instances } = await ec2.send(new RunInstancesCommand(machine));
  const { GroupId: groupId = "" } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: "redis", Description: "Redis" }),
  );
  return { vpcId, subnets, groupId, instanceId: required(Instances?.[0]?.InstanceId, "InstanceId") };
}
