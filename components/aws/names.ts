import type * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { type AwsPlan, type AwsRegion, primaryRegion } from "../../model/aws/plan";

export interface NamesArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** Elastic IP of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
}

/** An address outlives the instance that has it, and so its name; five minutes bound what a slip of the pen does. */
const ttlSeconds = 300;

/**
 * Names that stand for addresses of nodes: `<node>.<domain>`, `turn.<domain>` and, where there is one node alone,
 * `livekit.<domain>`. Several nodes share `turn.<domain>`, each region's for who is near. Costs cents a month, by the query.
 *
 * @example new Names("names", { plan, zoneId, addresses }, { parent: this })
 */
export class Names extends pulumi.ComponentResource {
  readonly records: readonly route53.Record[];

  constructor(name: string, args: NamesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Names", name, {}, opts);
    const { plan } = args;
    const { code } = primaryRegion(plan);
    const single = plan.settings.loadBalancer === "none";
    this.records = [
      ...(single
        ? [this.single("livekit", plan.apiName, code, args), this.single("turn", plan.turnName, code, args)]
        : this.near(args)),
      ...plan.nodes.map((node) => this.record(`${node.name}-name`, node.dnsName, [node.name], args)),
    ];
    this.registerOutputs({});
  }

  /** A name of the one node. It is the same record that several regions have: Route 53 knows no two kinds at once. */
  private single(label: string, dnsName: string, code: string, args: NamesArgs): route53.Record {
    const nodes = args.plan.nodes.map(({ name }) => name);
    return this.record(`${label}-name`, dnsName, nodes, args, {}, { aliases: [{ name: `${label}-${code}-name` }] });
  }

  /** `turn.<domain>` by region. Never the load balancer: a relay's UDP and its own ports are a node's. */
  private near(args: NamesArgs): route53.Record[] {
    const [primary, ...others] = args.plan.regions;
    const first = this.turn(args, primary, { aliases: [{ name: "turn-name" }] });
    return [first, ...others.map((region) => this.turn(args, region, { dependsOn: [first] }))];
  }

  private turn(args: NamesArgs, region: AwsRegion, opts: pulumi.CustomResourceOptions): route53.Record {
    const nodes = region.nodes.map(({ name }) => name);
    return this.record(`turn-${region.code}-name`, args.plan.turnName, nodes, args, nearest(region), opts);
  }

  private record(
    logicalName: string,
    dnsName: string,
    nodes: readonly string[],
    { zoneId, addresses }: NamesArgs,
    policy: Partial<route53.RecordArgs> = {},
    opts: pulumi.CustomResourceOptions = {},
  ): route53.Record {
    const records = nodes.flatMap((node) => addresses[node]?.publicIp ?? []);
    return new route53.Record(
      logicalName,
      { zoneId, name: dnsName, type: "A", ttl: ttlSeconds, records, ...policy },
      { parent: this, ...opts },
    );
  }
}

/** Makes a record the answer to those whom the region is nearest to, as Route 53 has measured. */
export function nearest({
  name,
  code,
}: AwsRegion): Pick<route53.RecordArgs, "setIdentifier" | "latencyRoutingPolicies"> {
  return { setIdentifier: code, latencyRoutingPolicies: [{ region: name }] };
}
