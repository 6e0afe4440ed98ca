import * as ec2 from "@pulumi/aws/ec2";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { nodeTag } from "../../model/aws/account-names";
import type { AwsNode, AwsPlan } from "../../model/aws/plan";
import { volumeGigabytes } from "../../model/aws/prices";
import { type Bundle, metricsNamespace } from "../../templates/node/bundle";
import type { NodeSources } from "../../templates/node/sources";
import { renderUserData } from "../../templates/node/user-data";
import { Alarms } from "./alarms";
import type { BundleStore } from "./bundle-store";
import type { TargetPort } from "./load-balancer";
import { NodeRole } from "./node-role";
import { NodeRollout } from "./node-rollout";
import type { RequestKey } from "./request-key";
import type { StackSecrets } from "./stack-secrets";
import { TargetRegistration } from "./target-registration";

/** The AMI of a node. */
export interface MachineImage {
  readonly id: string;
  /**
   * Whether the settings contain this AMI. A change of a pinned AMI replaces the node; a newer AMI from the lookup does
   * not.
   */
  readonly pinned: boolean;
}

export interface NodeArgs {
  readonly plan: AwsPlan;
  readonly node: AwsNode;
  readonly image: MachineImage;
  readonly subnetId: pulumi.Input<string>;
  readonly groupId: pulumi.Input<string>;
  readonly address: ec2.Eip;
  readonly store: BundleStore;
  readonly requestKey: RequestKey;
  /** Log group of its services. @default logs stay on the node */
  readonly logGroupArn?: pulumi.Input<string>;
  readonly secrets: StackSecrets;
  readonly zoneId: string;
  readonly sources: NodeSources;
  readonly bundle: pulumi.Input<Bundle>;
  /** Names of the variables that describe the node's changes in a preview. */
  readonly changes: readonly string[];
  /** Routes and rules that connect the node and the internet, and the node and a shared Redis. */
  readonly path: readonly pulumi.Resource[];
  /** DNS records and load balancer listeners that bring clients to the node. */
  readonly names: readonly pulumi.Resource[];
  /** Target groups of the region's load balancer. Empty without one. */
  readonly targets: readonly TargetPort[];
  /**
   * Resources that are complete once the previous node is registered, so that nodes are changed, replaced or drained
   * one at a time.
   */
  readonly before: readonly pulumi.Resource[];
  /** The operator's AWS profile, for the aws command. */
  readonly profile?: string;
}

/**
 * One node: an EC2 instance on Debian 13 with its role, its bundle in the bucket, its address and its alarms. The node
 * pulls its desired state, so only the port table is open. A new instance starts after the old one has drained, and
 * takes over its addresses. A c7i.large costs about $71 a month, a c7g.large $59. Each gigabyte sent costs another
 * $0.09 (`model/aws/prices.ts`).
 *
 * @example new Node("euc1-1", { plan, node, image, subnetId, groupId, address, store, ... }, { parent: this })
 */
export class Node extends pulumi.ComponentResource {
  /** Name of the node in the plan. */
  readonly name: string;
  readonly instance: ec2.Instance;
  /** Resources that are complete once the node serves and is registered for joins. */
  readonly registered: readonly pulumi.Resource[];

  constructor(name: string, args: NodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Node", name, {}, opts);
    this.name = name;
    const role = this.createRole(name, args);
    this.instance = this.createInstance(name, args, role);
    const association = this.associateAddress(name, args);
    const entry = this.createRegistration(name, args);
    const change = this.createRollout(name, args, association, role, entry);
    this.registered = [change.done, ...(entry?.register(this.instance.id, change.done) ?? [])];
    this.createAlarms(name, args, change);
    this.registerOutputs({ instanceId: this.instance.id });
  }

  private createRole(name: string, { plan, node, store, secrets, zoneId, logGroupArn }: NodeArgs): NodeRole {
    const arns = {
      bucketArn: store.bucket.arn,
      keysArn: secrets.keys.arn,
      certificateArn: secrets.certificate.arn,
      ...(logGroupArn && { logGroupArn }),
    };
    const policy = pulumi.output(arns).apply((late) => ({
      ...late,
      node: node.name,
      namespace: metricsNamespace(plan.namePrefix),
      ...(plan.issuer === node.name && { issuer: { zoneId, domain: plan.domain } }),
    }));
    const bucket = store.bucket.bucket;
    return new NodeRole(name, { namePrefix: plan.namePrefix, node: node.name, policy, bucket }, { parent: this });
  }

  private createInstance(name: string, args: NodeArgs, role: NodeRole): ec2.Instance {
    const { plan, node, image, store, requestKey, sources } = args;
    const { protect } = plan.settings;
    const tags = { Name: nodeTag(plan, node) };
    return new ec2.Instance(
      `${name}-instance`,
      {
        region: node.region,
        ami: image.id,
        instanceType: node.instanceType,
        subnetId: args.subnetId,
        privateIp: node.privateAddress,
        vpcSecurityGroupIds: [args.groupId],
        iamInstanceProfile: role.profile.name,
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: { volumeType: "gp3", volumeSize: volumeGigabytes, encrypted: true, tags },
        maintenanceOptions: { autoRecovery: "default" },
        // Prevents accidental termination in the console. `forceDestroy` still lets Pulumi replace the instance.
        disableApiTermination: protect,
        forceDestroy: true,
        userData: pulumi
          .all([store.bucket.bucket, requestKey.publicKey])
          .apply(([bucket, publicKey]) =>
            renderUserData({ node: node.name, bucket, region: store.region, publicKey }, sources.puller),
          ),
        userDataReplaceOnChange: false,
        tags,
      },
      {
        parent: this,
        // Only one instance at a time can have the private address.
        deleteBeforeReplace: true,
        // Replaces the instance if its type changes: a replacement drains it first, while an in-place change stops it
        // without a drain.
        replaceOnChanges: ["instanceType"],
        ignoreChanges: [...(image.pinned ? [] : ["ami"]), "userData"],
        // Replaces the instance with the bucket, because the user data contains the bucket's name.
        replacementTrigger: store.bucket.bucket,
        dependsOn: [role.policy, ...args.path, ...args.before],
      },
    );
  }

  private associateAddress(name: string, { node, address }: NodeArgs): ec2.EipAssociation {
    return new ec2.EipAssociation(
      `${name}-association`,
      { region: node.region, allocationId: address.allocationId, instanceId: this.instance.id },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  /**
   * Returns undefined for a single node: the API's name resolves to its address, so there is nothing to register with.
   */
  private createRegistration(
    name: string,
    { plan, node, zoneId, address, targets }: NodeArgs,
  ): TargetRegistration | undefined {
    if (plan.settings.loadBalancer === "none") return undefined;
    return new TargetRegistration(name, { plan, node, zoneId, address, targets }, { parent: this });
  }

  private createRollout(
    name: string,
    args: NodeArgs,
    association: ec2.EipAssociation,
    role: NodeRole,
    entry: TargetRegistration | undefined,
  ): NodeRollout {
    const { plan, node, store, secrets, sources, bundle, changes, profile } = args;
    const content = pulumi.output(bundle).apply((files) => JSON.stringify(files, undefined, 1));
    const object = new s3.BucketObjectv2(
      `${name}-bundle`,
      {
        region: store.region,
        bucket: store.bucket.bucket,
        key: `bundles/${node.name}.json`,
        content,
        contentType: "application/json",
      },
      { parent: this, dependsOn: [...store.settings] },
    );
    return new NodeRollout(
      name,
      {
        node,
        settings: plan.settings,
        region: store.region,
        bucket: store.bucket.bucket,
        bundle,
        requestScript: sources.requestScript,
        changes,
        content,
        requestKey: args.requestKey,
        bundleVersion: object.versionId,
        keysVersion: secrets.keysVersion.versionId,
        instanceId: this.instance.id,
        associationId: association.id,
        needs: [role.policy, ...args.path, ...args.names, ...args.before],
        entry: entry?.variables ?? {},
        ...(profile && { profile }),
      },
      { parent: this },
    );
  }

  private createAlarms(name: string, { plan, node }: NodeArgs, change: NodeRollout): void {
    new Alarms(
      name,
      {
        namePrefix: plan.namePrefix,
        region: node.region,
        node: node.name,
        instanceId: this.instance.id,
        settings: plan.settings,
        change,
      },
      { parent: this },
    );
  }
}
