import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { ingressRules } from "../../model/aws/ingress";
import { type AwsNode, type AwsPlan, type AwsRegion, awsFleet, primaryRegion } from "../../model/aws/plan";
import { imageNames } from "../../model/fleet";
import type { Secrets } from "../../model/settings/secrets";
import { type Bundle, renderBundle } from "../../templates/node/bundle";
import { changeVariables } from "../../templates/node/changes";
import { BundleStore } from "./bundle-store";
import { Firewall } from "./firewall";
import { Names } from "./names";
import { Network } from "./network";
import { type MachineImage, Node } from "./node";
import { StackSecrets } from "./stack-secrets";

/** What only the account knows. */
export interface AwsFacts {
  /** Id of the Route 53 zone that holds the domain. */
  readonly zoneId: string;
  /** Of each region by its name: zones that have its instance type, in order. */
  readonly zones: Readonly<Record<string, readonly [string, ...string[]]>>;
  /** Of each node by its name. */
  readonly machineImages: Readonly<Record<string, MachineImage>>;
}

export interface AwsStackArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  readonly facts: AwsFacts;
  /** Sources of the node's own program, by file name. */
  readonly nodeProgram: Readonly<Record<string, string>>;
  /** The operator's AWS profile, for the aws command. @default what that finds in its environment */
  readonly profile?: string;
}

/**
 * LiveKit, Coturn, Redis and nginx on AWS. With one c7i.large it costs some $72 a month, and $0.09 a gigabyte sent
 * (`model/aws/prices.ts`). With `livekit:protect` its addresses, secrets and bucket can't be deleted. Nothing is retained
 * when they may be: what a bucket or secret holds is made again from the configuration, and an address that nobody uses
 * would go on being paid for.
 *
 * @example new AwsStack("aws", { plan, secrets, facts, nodeProgram }, { providers: [provider] })
 */
export class AwsStack extends pulumi.ComponentResource {
  /** Public address of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, pulumi.Output<string>>>;
  readonly nodes: readonly Node[];
  /** Where nodes are asked and report. */
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: AwsStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Stack", name, {}, opts);
    const { plan, facts } = args;
    const addresses = Object.fromEntries(plan.nodes.map((node) => [node.name, this.address(plan, node)]));
    const names = new Names("names", { plan, zoneId: facts.zoneId, addresses }, { parent: this });
    const store = this.store(plan);
    const secrets = this.secrets(args);
    this.bucket = store.bucket.bucket;
    this.addresses = Object.fromEntries(Object.entries(addresses).map(([node, { publicIp }]) => [node, publicIp]));
    this.nodes = plan.regions.flatMap((region) => this.region(args, region, { addresses, names, store, secrets }));
    this.registerOutputs({ addresses: this.addresses });
  }

  private address({ namePrefix, settings }: AwsPlan, node: AwsNode): ec2.Eip {
    return new ec2.Eip(
      `${node.name}-address`,
      { region: node.region, domain: "vpc", tags: { Name: `${namePrefix}-${node.name}` } },
      // Names, clients and customers' firewalls hold it, and it can't be had again.
      { parent: this, protect: settings.protect },
    );
  }

  private store(plan: AwsPlan): BundleStore {
    const { namePrefix, settings } = plan;
    const { name: region } = primaryRegion(plan);
    return new BundleStore("bundles", { namePrefix, region, protect: settings.protect }, { parent: this });
  }

  private secrets({ plan, secrets }: AwsStackArgs): StackSecrets {
    const { namePrefix, settings } = plan;
    const args = { namePrefix, region: primaryRegion(plan).name, secrets, protect: settings.protect };
    return new StackSecrets("secrets", args, { parent: this });
  }

  private region(args: AwsStackArgs, region: AwsRegion, shared: Shared): Node[] {
    const { plan, facts } = args;
    const { namePrefix, settings } = plan;
    const zones = facts.zones[region.name];
    if (!zones) throw new Error(`no zones are known of ${region.name}`);
    const network = new Network(
      region.code,
      { namePrefix, region, zones, flowLogs: settings.flowLogs },
      { parent: this },
    );
    const firewall = new Firewall(
      region.code,
      { namePrefix, region: region.name, vpcId: network.vpc.id, rules: ingressRules(plan) },
      { parent: this },
    );
    const path = [...network.routes, ...firewall.rules];
    return region.nodes.map((node) => this.node(args, node, { ...shared, network, firewall, path }));
  }

  private node(args: AwsStackArgs, node: AwsNode, shared: Shared & Regional): Node {
    const { plan, facts, profile } = args;
    const { network, firewall, store, secrets, names, path } = shared;
    const address = shared.addresses[node.name];
    const subnet = network.subnets[node.subnet.name];
    const image = facts.machineImages[node.name];
    if (!address || !subnet || !image) throw new Error(`${node.name} is not in the plan`);
    return new Node(
      node.name,
      {
        plan,
        node,
        image,
        subnetId: subnet.id,
        groupId: firewall.group.id,
        address,
        store,
        secrets,
        zoneId: facts.zoneId,
        bundle: pulumi
          .all([this.addresses, store.bucket.bucket])
          .apply(([addresses, bucket]) => bundleOf(args, node, addresses, bucket)),
        changes: Object.keys(changeVariables(bundleOf(args, node, {}, ""), plan.settings)),
        path,
        names: names.records,
        ...(profile && { profile }),
      },
      { parent: this },
    );
  }
}

interface Shared {
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
  readonly names: Names;
  readonly store: BundleStore;
  readonly secrets: StackSecrets;
}

interface Regional {
  readonly network: Network;
  readonly firewall: Firewall;
  readonly path: readonly pulumi.Resource[];
}

/** Which services there are does not depend on addresses and the bucket, so that is known without waiting for them. */
function bundleOf(
  { plan, secrets, nodeProgram }: AwsStackArgs,
  node: AwsNode,
  addresses: Readonly<Record<string, string>>,
  bucket: string,
): Bundle {
  const counts = { apiKeys: secrets.apiKeys.length, turnSecrets: secrets.turnSecrets.length };
  const fleet = awsFleet(plan, addresses);
  return renderBundle(plan, fleet, node, imageNames(plan.settings), nodeProgram, bucket, counts);
}
