import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  type TargetDescription,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { clientOptions } from "./aws";

/** One network load balancer, as read from the simulated AWS. */
export interface BalancerFacts {
  readonly balancer: LoadBalancer;
  /** Cross-zone load balancing: whether the address in each availability zone routes to the targets of all zones. */
  readonly crossZone: boolean;
  readonly listeners: readonly Listener[];
}

export interface TargetGroupFacts {
  readonly group: TargetGroup;
  /** Registered targets, without their health. */
  readonly targets: readonly TargetDescription[];
}

/** One region's load balancers and target groups. */
export interface BalancingFacts {
  readonly balancers: readonly BalancerFacts[];
  readonly targetGroups: readonly TargetGroupFacts[];
}

const clients = new Map<string, ElasticLoadBalancingV2Client>();

export async function readBalancing(region: string): Promise<BalancingFacts> {
  const client = clients.get(region) ?? new ElasticLoadBalancingV2Client(clientOptions(region));
  clients.set(region, client);
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand());
  const network = LoadBalancers.filter(({ Type }) => Type === "network");
  if (network.length === 0) return { balancers: [], targetGroups: [] };
  const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand());
  return {
    balancers: await Promise.all(network.map((balancer) => readBalancer(client, balancer))),
    targetGroups: await Promise.all(TargetGroups.map((group) => readTargetGroup(client, group))),
  };
}

async function readBalancer(client: ElasticLoadBalancingV2Client, balancer: LoadBalancer): Promise<BalancerFacts> {
  const named = { LoadBalancerArn: balancer.LoadBalancerArn };
  const [attributes, listeners] = await Promise.all([
    client.send(new DescribeLoadBalancerAttributesCommand(named)),
    client.send(new DescribeListenersCommand(named)),
  ]);
  const crossZone = attributes.Attributes?.find(({ Key }) => Key === "load_balancing.cross_zone.enabled");
  return { balancer, crossZone: crossZone?.Value === "true", listeners: listeners.Listeners ?? [] };
}

async function readTargetGroup(client: ElasticLoadBalancingV2Client, group: TargetGroup): Promise<TargetGroupFacts> {
  const named = { TargetGroupArn: group.TargetGroupArn };
  const { TargetHealthDescriptions = [] } = await client.send(new DescribeTargetHealthCommand(named));
  return { group, targets: TargetHealthDescriptions.flatMap(({ Target }) => Target ?? []) };
}
