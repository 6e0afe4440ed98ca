import type * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNode, AwsPlan, AwsRegion } from "../../model/aws/plan";

export interface DnsRecordsArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** Elastic IP of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
}

/**
 * TTL in seconds. An Elastic IP outlives its instance, so records rarely change. Five minutes limit the effect of a
 * mistake.
 */
export const addressTtl = 300;

/**
 * DNS records of the nodes: `<node>.<domain>` for each node, and `turn.<domain>` for the nodes of the nearest region.
 * AWS bills DNS queries: a few cents a month.
 *
 * @example new DnsRecords("names", { plan, zoneId, addresses }, { parent: this })
 */
export class DnsRecords extends pulumi.ComponentResource {
  /** Records of `turn.<domain>` by region code. */
  private readonly turns: Readonly<Record<string, route53.Record>>;
  private readonly nodes: Readonly<Record<string, route53.Record>>;

  constructor(name: string, args: DnsRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:DnsRecords", name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:Names" }] }));
    const { regions, nodes } = args.plan;
    this.turns = Object.fromEntries(regions.map((region) => [region.code, this.createTurnRecord(args, region)]));
    this.nodes = Object.fromEntries(nodes.map((node) => [node.name, this.createNodeRecord(args, node)]));
    this.registerOutputs({});
  }

  /** Returns the records that resolve to this node: `<node>.<domain>`, and its region's `turn.<domain>`. */
  findRecords(node: AwsNode, { code }: AwsRegion): readonly pulumi.Resource[] {
    return [this.nodes[node.name], this.turns[code]].filter((record) => record !== undefined);
  }

  private createNodeRecord(args: DnsRecordsArgs, { name, dnsName }: AwsNode): route53.Record {
    return this.createRecord(`${name}-name`, dnsName, [name], args);
  }

  /**
   * Creates `turn.<domain>`. It resolves to nodes, not to the load balancer, because a relay's UDP ports are on one
   * node.
   */
  private createTurnRecord(args: DnsRecordsArgs, region: AwsRegion): route53.Record {
    const nodes = region.nodes.map(({ name }) => name);
    return this.createRecord(`turn-${region.code}-name`, args.plan.turnName, nodes, args, routeByLatency(region));
  }

  private createRecord(
    logicalName: string,
    dnsName: string,
    nodes: readonly string[],
    { zoneId, addresses }: DnsRecordsArgs,
    policy: Partial<route53.RecordArgs> = {},
  ): route53.Record {
    const records = nodes.flatMap((node) => addresses[node]?.publicIp ?? []);
    return new route53.Record(
      logicalName,
      { zoneId, name: dnsName, type: "A", ttl: addressTtl, records, ...policy },
      { parent: this },
    );
  }
}

/**
 * Returns the inputs that make a record latency-based, for clients nearest to the region. A single region's record also
 * has these inputs, so that the stack can add regions later: Route 53 rejects simple and latency records under one
 * name.
 */
export function routeByLatency({
  name,
  code,
}: AwsRegion): Pick<route53.RecordArgs, "setIdentifier" | "latencyRoutingPolicies"> {
  return { setIdentifier: code, latencyRoutingPolicies: [{ region: name }] };
}
