import * as ec2 from "@pulumi/aws/ec2";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { nodeTag } from "../../model/aws/account-names";
import type { AwsNode, AwsPlan } from "../../model/aws/plan";
import { volumeGigabytes } from "../../model/aws/prices";
import { type Bundle, metricsNamespace } from "../../templates/node/bundle";
import { renderUserData } from "../../templates/node/user-data";
import { Alarms } from "./alarms";
import type { BundleStore } from "./bundle-store";
import type { TargetPort } from "./load-balancer";
import { NodeRole } from "./node-role";
import { NodeRollout } from "./node-rollout";
import type { StackSecrets } from "./stack-secrets";
import { TargetRegistration } from "./target-registration";

/** The machine image that a node is started from. */
export interface MachineImage {
  readonly id: string;
  /** Named in the settings: then another one replaces the node. A newer one that was looked up does not. */
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
  /** Where its services' logs go. @default nowhere */
  readonly logGroupArn?: pulumi.Input<string>;
  readonly secrets: StackSecrets;
  readonly zoneId: string;
  readonly bundle: pulumi.Input<Bundle>;
  /** Names of the variables by which the node's change says what it does. */
  readonly changes: readonly string[];
  /** Routes and rules by which the node reaches the internet, and is reached. */
  readonly path: readonly pulumi.Resource[];
  /** What brings clients to it: its names in DNS, its load balancer's listeners. */
  readonly names: readonly pulumi.Resource[];
  /** Of the region's load balancer; empty without one. */
  readonly targets: readonly TargetPort[];
  /** Ends when the node before this one serves and takes joins: one at a time is changed, replaced or drained. */
  readonly before: readonly pulumi.Resource[];
  /** The operator's AWS profile, for the aws command. */
  readonly profile?: string;
}

/**
 * One node: an EC2 instance on Debian 13 with its role, its bundle in the bucket, its address and its alarms. It pulls what
 * it is to be: nothing comes in but the port table. A new instance follows the old one's drain and has its addresses. A
 * c7i.large costs some $71 a month, a c7g.large $59, and $0.09 a gigabyte sent (`model/aws/prices.ts`).
 *
 * @example new Node("euc1-1", { plan, node, image, subnetId, groupId, address, store, ... }, { parent: this })
 */
export class Node extends pulumi.ComponentResource {
  /** The plan's. */
  readonly name: string;
  readonly instance: ec2.Instance;
  /** Ends when the node serves and takes joins. */
  readonly registered: readonly pulumi.Resource[];

  constructor(name: string, args: NodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Node", name, {}, opts);
    const { plan, node } = args;
    this.name = name;
    const role = this.role(name, args);
    this.instance = this.machine(name, args, role);
    const association = this.associate(name, args);
    const entry = this.entry(name, args);
    const change = this.change(name, args, association, role, entry);
    this.registered = [change.done, ...(entry?.join(this.instance.id, change.done) ?? [])];
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
    this.registerOutputs({ instanceId: this.instance.id });
  }

  private role(name: string, { plan, node, store, secrets, zoneId, logGroupArn }: NodeArgs): NodeRole {
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

  private machine(name: string, args: NodeArgs, role: NodeRole): ec2.Instance {
    const { plan, node, image, store } = args;
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
        // Against a slip in the console; a replacement by this program goes through all the same.
        disableApiTermination: protect,
        forceDestroy: true,
        userData: store.bucket.bucket.apply((bucket) =>
          renderUserData({ node: node.name, bucket, region: store.region }),
        ),
        userDataReplaceOnChange: false,
        tags,
      },
      {
        parent: this,
        // Its private address belongs to one instance at a time.
        deleteBeforeReplace: true,
        // A change of type stops an instance without a drain: a new one follows the drain of the old.
        replaceOnChanges: ["instanceType"],
        ignoreChanges: [...(image.pinned ? [] : ["ami"]), "userData"],
        // Its user data name the bucket.
        replacementTrigger: store.bucket.bucket,
        dependsOn: [role.policy, ...args.path, ...args.before],
      },
    );
  }

  private associate(name: string, { node, address }: NodeArgs): ec2.EipAssociation {
    return new ec2.EipAssociation(
      `${name}-association`,
      { region: node.region, allocationId: address.allocationId, instanceId: this.instance.id },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  /** The only node's names stand for its address: nothing brings joins to it, or keeps them from it. */
  private entry(name: string, { plan, node, zoneId, address, targets }: NodeArgs): TargetRegistration | undefined {
    if (plan.settings.loadBalancer === "none") return undefined;
    return new TargetRegistration(name, { plan, node, zoneId, address, targets }, { parent: this });
  }

  private change(
    name: string,
    args: NodeArgs,
    association: ec2.EipAssociation,
    role: NodeRole,
    entry: TargetRegistration | undefined,
  ): NodeRollout {
    const { plan, node, store, secrets, bundle, changes, profile } = args;
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
        changes,
        content,
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
}
