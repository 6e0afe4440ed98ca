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

/** Seconds. An address outlives the instance that has it, and so its name; five minutes bound what a slip of the pen does. */
export const addressTtl = 300;

/**
 * Names that stand for addresses of nodes: `<node>.<domain>`, and `turn.<domain>` for those of the region that is near. Costs
 * cents a month, by the query.
 *
 * @example new Names("names", { plan, zoneId, addresses }, { parent: this })
 */
export class DnsRecords extends pulumi.ComponentResource {
  /** `turn.<domain>` by the region's code. */
  private readonly turns: Readonly<Record<string, route53.Record>>;
  private readonly nodes: Readonly<Record<string, route53.Record>>;

  constructor(name: string, args: DnsRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:DnsRecords", name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:Names" }] }));
    const { regions, nodes } = args.plan;
    this.turns = Object.fromEntries(regions.map((region) => [region.code, this.turn(args, region)]));
    this.nodes = Object.fromEntries(nodes.map((node) => [node.name, this.node(args, node)]));
    this.registerOutputs({});
  }

  /** Those that stand for a node of this region. */
  of(node: AwsNode, { code }: AwsRegion): readonly pulumi.Resource[] {
    return [this.nodes[node.name], this.turns[code]].filter((record) => record !== undefined);
  }

  private node(args: DnsRecordsArgs, { name, dnsName }: AwsNode): route53.Record {
    return this.record(`${name}-name`, dnsName, [name], args);
  }

  /** Never the load balancer: a relay's UDP and its own ports are a node's. */
  private turn(args: DnsRecordsArgs, region: AwsRegion): route53.Record {
    const nodes = region.nodes.map(({ name }) => name);
    return this.record(`turn-${region.code}-name`, args.plan.turnName, nodes, args, latencyRouting(region));
  }

  private record(
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
 * Makes a record the answer to those whom the region is nearest to, as Route 53 has measured. With one region as well: Route 53
 * knows no two kinds of records under one name, and so a stack of one could not become one of several.
 */
export function latencyRouting({
  name,
  code,
}: AwsRegion): Pick<route53.RecordArgs, "setIdentifier" | "latencyRoutingPolicies"> {
  return { setIdentifier: code, latencyRoutingPolicies: [{ region: name }] };
}
