import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { nodeTag } from "../../model/aws/account-names";
import type { Offer } from "../../model/aws/offer";
import { type AwsNode, type AwsPlan, type AwsRegion, awsFleet, primaryRegion } from "../../model/aws/plan";
import { imageNames } from "../../model/fleet";
import type { Secrets } from "../../model/settings/secrets";
import { planServices } from "../../templates/bundle";
import { type Bundle, renderBundle } from "../../templates/node/bundle";
import { changeNames } from "../../templates/node/changes";
import type { NodeSources } from "../../templates/node/sources";
import { BundleStore } from "./bundle-store";
import { DnsRecords } from "./dns-records";
import { type MachineImage, Node, type NodeArgs } from "./node";
import { Region } from "./region";
import { RequestKey } from "./request-key";
import { SharedRedis } from "./shared-redis";
import { StackSecrets } from "./stack-secrets";
import { TrafficRouting } from "./traffic-routing";

/** Facts that only the AWS account provides. */
export interface AwsFacts {
  /** Id of the Route 53 zone that holds the domain. */
  readonly zoneId: string;
  /** Available instance types and zones, by region name. */
  readonly offers: Readonly<Record<string, Offer>>;
  /** AMI by region name. One per region suffices, because all nodes of a region have the same instance type. */
  readonly machineImages: Readonly<Record<string, MachineImage>>;
}

export interface AwsStackArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  readonly facts: AwsFacts;
  readonly sources: NodeSources;
  /** The operator's AWS profile, for the aws command. @default the profile in the command's environment */
  readonly profile?: string;
}

/**
 * LiveKit, Coturn, Redis and nginx on AWS, from one node to several regions. One c7i.large costs about $72 a month, and
 * $0.09 a gigabyte sent. Two regions with two nodes each, load balancers and a shared Redis cost about $390
 * (`model/aws/prices.ts`).
 *
 * With `livekit:protect`, the addresses, secrets, Redis and bucket of the stack can't be deleted. No resource has
 * `retainOnDelete`: the content of a bucket or secret can be recreated from the configuration, and an unused address
 * would still cost money.
 *
 * @example new AwsStack("aws", { plan, secrets, facts, sources }, { providers: [provider] })
 */
export class AwsStack extends pulumi.ComponentResource {
  /** Public address of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, pulumi.Output<string>>>;
  readonly nodes: readonly Node[];
  /** Bucket for bundles, requests to nodes and their reports. */
  readonly bucket: pulumi.Output<string>;
  /** ARN of the KMS key that signs requests to nodes. */
  readonly signingKey: pulumi.Output<string>;

  constructor(name: string, args: AwsStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Stack", name, {}, opts);
    const { plan, facts } = args;
    const elasticIps = Object.fromEntries(plan.nodes.map((node) => [node.name, this.createAddress(plan, node)]));
    const named = { plan, zoneId: facts.zoneId, addresses: elasticIps };
    const names = new DnsRecords("names", named, { parent: this });
    const entry = new TrafficRouting("entry", named, { parent: this });
    const store = this.createStore(plan);
    const requestKey = this.createRequestKey(plan);
    const secrets = this.createSecrets(args);
    const regions = plan.regions.map((region) => this.createRegion(args, region));
    const redis = this.createRedis(args, regions);
    this.bucket = store.bucket.bucket;
    this.signingKey = requestKey.arn;
    this.addresses = Object.fromEntries(Object.entries(elasticIps).map(([node, { publicIp }]) => [node, publicIp]));
    const late = pulumi.all([this.addresses, this.bucket, redis?.address]);
    const shared = { elasticIps, names, entry, store, requestKey, secrets, redis, late, changes: listChanges(args) };
    this.nodes = this.createNodes(args, regions, shared);
    for (const region of regions) region.createBalancerAlarms(plan, this.findRegistrations(region.region));
    entry.createRegionRecords(
      regions.map(({ region, balancer }) => ({ region, balancer, registered: this.findRegistrations(region) })),
    );
    this.registerOutputs({ addresses: this.addresses });
  }

  private createAddress(plan: AwsPlan, node: AwsNode): ec2.Eip {
    return new ec2.Eip(
      `${node.name}-address`,
      { region: node.region, domain: "vpc", tags: { Name: nodeTag(plan, node) } },
      // DNS records, clients and customers' firewalls use the address, and a released address can't be recovered.
      { parent: this, protect: plan.settings.protect },
    );
  }

  private createStore(plan: AwsPlan): BundleStore {
    const { namePrefix, settings } = plan;
    const { name: region } = primaryRegion(plan);
    return new BundleStore("bundles", { namePrefix, region, protect: settings.protect }, { parent: this });
  }

  private createRequestKey(plan: AwsPlan): RequestKey {
    const { namePrefix, settings } = plan;
    const args = { namePrefix, region: primaryRegion(plan), protect: settings.protect };
    return new RequestKey("requests", args, { parent: this });
  }

  private createSecrets({ plan, secrets }: AwsStackArgs): StackSecrets {
    const { namePrefix, settings } = plan;
    const args = { namePrefix, region: primaryRegion(plan), secrets, protect: settings.protect };
    return new StackSecrets("secrets", args, { parent: this });
  }

  private createRegion({ plan, facts }: AwsStackArgs, region: AwsRegion): Region {
    const offer = facts.offers[region.name];
    if (!offer) throw new Error(`facts.offers lacks the region ${region.name}`);
    return new Region(region.code, { plan, region, offer }, { parent: this });
  }

  private createRedis({ plan, secrets }: AwsStackArgs, regions: readonly Region[]): SharedRedis | undefined {
    if (plan.settings.redis.mode !== "elasticache") return undefined;
    return new SharedRedis("redis", { plan, secrets, regions }, { parent: this });
  }

  /**
   * Creates or changes one node after the other, the primary region first, so that a faulty change breaks only one
   * node.
   */
  private createNodes(args: AwsStackArgs, regions: readonly Region[], shared: Shared): readonly Node[] {
    const nodes: Node[] = [];
    for (const region of regions) {
      for (const node of region.region.nodes) {
        nodes.push(this.createNode(args, node, region, shared, nodes.at(-1)?.registered ?? []));
      }
    }
    return nodes;
  }

  private createNode(
    args: AwsStackArgs,
    node: AwsNode,
    region: Region,
    shared: Shared,
    before: readonly pulumi.Resource[],
  ): Node {
    const { plan, facts, sources, profile } = args;
    const { elasticIps, names, entry, store, requestKey, secrets, redis, late, changes } = shared;
    const address = elasticIps[node.name];
    const subnetId = region.network.subnetIds[node.subnet.name];
    const image = facts.machineImages[node.region];
    if (!address || !subnetId || !image)
      throw new Error(`the node ${node.name} has no address, subnet or machine image`);
    return new Node(
      node.name,
      {
        plan,
        node,
        image,
        subnetId,
        groupId: region.firewall.group.id,
        address,
        store,
        requestKey,
        ...(region.logs && { logGroupArn: region.logs.arn }),
        secrets,
        zoneId: facts.zoneId,
        sources,
        bundle: late.apply((known) => renderNodeBundle(args, node, ...known)),
        changes,
        path: [...region.path, ...(redis?.getPath(region) ?? [])],
        // Includes the listeners, because a load balancer checks targets only after a listener uses their target group.
        names: [...names.findRecords(node, region.region), ...entry.names, ...(region.balancer?.listeners ?? [])],
        targets: region.balancer?.targets ?? [],
        before,
        ...(profile && { profile }),
      },
      { parent: this },
    );
  }

  private findRegistrations({ nodes }: AwsRegion): readonly pulumi.Resource[] {
    return this.nodes
      .filter(({ name }) => nodes.some((node) => node.name === name))
      .flatMap(({ registered }) => registered);
  }
}

interface Shared {
  readonly elasticIps: Readonly<Record<string, ec2.Eip>>;
  readonly names: DnsRecords;
  readonly entry: TrafficRouting;
  readonly store: BundleStore;
  readonly requestKey: RequestKey;
  readonly secrets: StackSecrets;
  readonly redis: SharedRedis | undefined;
  /** Outputs that are known only after deployment: Elastic IPs by node, the bucket's name, Redis' address. */
  readonly late: pulumi.Output<[Record<string, string>, string, string | undefined]>;
  readonly changes: NodeArgs["changes"];
}

/**
 * Returns the names of the change variables. They depend only on the services, which are the same on all nodes, so they
 * are known in every preview.
 */
function listChanges(args: AwsStackArgs): NodeArgs["changes"] {
  const fleet = awsFleet(args.plan);
  return changeNames(planServices(fleet, fleet.nodes[0]));
}

function renderNodeBundle(
  { plan, secrets, sources }: AwsStackArgs,
  node: AwsNode,
  addresses: Readonly<Record<string, string>>,
  bucket: string,
  redisAddress?: string,
): Bundle {
  const counts = { apiKeys: secrets.apiKeys.length, turnSecrets: secrets.turnSecrets.length };
  const fleet = awsFleet(plan, addresses, redisAddress);
  return renderBundle(plan, fleet, node, imageNames(plan.settings), sources, bucket, counts);
}
