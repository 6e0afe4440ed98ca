import * as ec2 from "@pulumi/aws/ec2";
import * as elasticache from "@pulumi/aws/elasticache";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { cacheTopic } from "../../model/aws/account-errors";
import { elasticachePort as port } from "../../model/aws/ingress";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { cacheNodes, defaultCacheNodeType } from "../../model/aws/prices";
import type { Secrets } from "../../model/settings/secrets";
import { RedisAlarms } from "./redis-alarms";
import { createFirst } from "./replacement";

export interface RedisArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  /** The primary region's. */
  readonly vpcId: pulumi.Input<string>;
  /** Its shared subnets, each in a zone of its own: at least two. */
  readonly subnetIds: readonly pulumi.Input<string>[];
}

/**
 * The Redis that all nodes share, in the primary region: an ElastiCache group with cluster mode off, which LiveKit needs
 * (its keys are in many slots), TLS, AUTH by the stack's password, encryption at rest, and a second node in another zone
 * that takes over by itself, and alarms. Only the nodes' networks reach it. Two cache.t4g.small cost some $47 a month
 * (`model/aws/prices.ts`). In another primary region it is another one: a replacement would first delete the one of a
 * region that may be lost.
 *
 * @example new Redis("euc1-redis", { plan, secrets, vpcId: vpc.id, subnetIds }, { parent: this })
 */
export class Redis extends pulumi.ComponentResource {
  /** `host:port`; its name stands for a private address, in peered networks as well. */
  readonly address: pulumi.Output<string>;
  /** What has to be there before a node reaches it: itself, and what lets nodes in. */
  readonly path: readonly pulumi.Resource[];

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Redis", name, {}, opts);
    const firewall = this.firewall(name, args);
    const rules = this.allowIngress(name, args.plan, firewall);
    const group = this.group(name, args, firewall);
    new RedisAlarms(name, { plan: args.plan, group }, { parent: this });
    this.path = [...rules, group];
    this.address = pulumi.interpolate`${group.primaryEndpointAddress}:${port}`;
    this.registerOutputs({ address: this.address });
  }

  /** Nothing goes out: it answers those who ask. */
  private firewall(name: string, { plan, vpcId }: RedisArgs): ec2.SecurityGroup {
    const { namePrefix } = plan;
    const common = { region: primaryRegion(plan).name, tags: { Name: redisName(plan) } };
    return new ec2.SecurityGroup(
      `${name}-firewall`,
      { ...common, vpcId, description: `Redis of ${namePrefix}: its nodes alone` },
      { parent: this },
    );
  }

  /** By network and not by group: a group of another region can't be named. */
  private allowIngress(name: string, plan: AwsPlan, { id }: ec2.SecurityGroup): pulumi.Resource[] {
    return plan.regions.map(
      ({ code, cidr }) =>
        new vpc.SecurityGroupIngressRule(
          `${name}-from-${code}`,
          {
            region: primaryRegion(plan).name,
            securityGroupId: id,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            cidrIpv4: cidr,
            description: `Redis: rooms and nodes, for the nodes of ${code}`,
          },
          { parent: this },
        ),
    );
  }

  private group(name: string, args: RedisArgs, firewall: ec2.SecurityGroup): elasticache.ReplicationGroup {
    const { plan, secrets, subnetIds } = args;
    const { namePrefix, settings } = plan;
    const groupName = redisName(plan);
    const common = { region: primaryRegion(plan).name };
    const notificationTopicArn = cacheTopic(settings, common.region);
    const subnets = new elasticache.SubnetGroup(
      `${name}-subnets`,
      { ...common, name: groupName, description: `Zones of ${namePrefix}'s Redis`, subnetIds: [...subnetIds] },
      { parent: this, ...createFirst },
    );
    return new elasticache.ReplicationGroup(
      `${name}-group`,
      {
        ...common,
        replicationGroupId: groupName,
        description: `Rooms and nodes of ${namePrefix}`,
        engine: "redis",
        engineVersion: "7.1",
        nodeType: settings.redis.nodeType ?? defaultCacheNodeType,
        numCacheClusters: cacheNodes,
        automaticFailoverEnabled: true,
        multiAzEnabled: true,
        port,
        parameterGroupName: this.parameters(name, plan).name,
        subnetGroupName: subnets.name,
        securityGroupIds: [firewall.id],
        atRestEncryptionEnabled: true,
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        authToken: pulumi.secret(secrets.redisPassword),
        authTokenUpdateStrategy: isRotating(secrets) ? "ROTATE" : "SET",
        // Rooms are made anew as participants come back: a day-old copy would only bring back what has ended.
        snapshotRetentionLimit: 0,
        // A failover is an event alone: ElastiCache has no metric of it. Where the topic is removed, the provider sends an empty ARN
        // and no NotificationTopicStatus (terraform-provider-aws, replication_group.go): docs/aws.md has the command that sends it.
        ...(notificationTopicArn && { notificationTopicArn }),
        // Nodes roll to a new password right after it is set here, not in a night of next week.
        applyImmediately: true,
      },
      { parent: this, protect: settings.protect, ...createFirst },
    );
  }

  private parameters(name: string, plan: AwsPlan): elasticache.ParameterGroup {
    return new elasticache.ParameterGroup(
      `${name}-parameters`,
      {
        region: primaryRegion(plan).name,
        name: redisName(plan),
        family: "redis7",
        description: `Redis of ${plan.namePrefix}: full, it refuses writes`,
        // Dropping a room's key silently would split the room.
        parameters: [{ name: "maxmemory-policy", value: "noeviction" }],
      },
      { parent: this, ...createFirst },
    );
  }
}

/** The same in every region that is primary. */
function redisName({ namePrefix }: AwsPlan): string {
  return `${namePrefix}-redis`;
}

/** While a rotation is under way Redis takes the password of before as well; once it has ended, the new one alone. */
function isRotating({ apiKeys, turnSecrets }: Secrets): boolean {
  return apiKeys.length > 1 || turnSecrets.length > 1;
}
