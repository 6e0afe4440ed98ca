import * as ec2 from "@pulumi/aws/ec2";
import * as elasticache from "@pulumi/aws/elasticache";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { cacheTopic } from "../../model/aws/account-errors";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { cacheNodes, defaultCacheNodeType } from "../../model/aws/prices";
import { elasticachePort as port } from "../../model/ports/internal";
import type { Secrets } from "../../model/settings/secrets";
import { RedisAlarms } from "./redis-alarms";
import { createFirst } from "./replacement";

export interface RedisArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  /** VPC of the primary region. */
  readonly vpcId: pulumi.Input<string>;
  /** Shared subnets of that VPC, at least two, each in a separate zone. */
  readonly subnetIds: readonly pulumi.Input<string>[];
}

/**
 * The Redis that all nodes share, in the primary region: an ElastiCache replication group with TLS, AUTH with the
 * stack's password, encryption at rest, automatic failover to a second node in another zone, and alarms. Cluster mode
 * is off because LiveKit uses keys of several hash slots together. Only the nodes' networks reach it. Two
 * cache.t4g.small cost about $47 a month (`model/aws/prices.ts`).
 *
 * Its logical name contains the primary region. Without the region in the name, a new primary region would replace
 * Redis, and the replacement would first delete Redis in the old region. If the old region has failed, AWS can't delete
 * it.
 *
 * @example new Redis("euc1-redis", { plan, secrets, vpcId: vpc.id, subnetIds }, { parent: this })
 */
export class Redis extends pulumi.ComponentResource {
  /** `host:port`. The host resolves to a private address, also in peered networks. */
  readonly address: pulumi.Output<string>;
  /** Resources that must exist before a node reaches Redis: the group and its ingress rules. */
  readonly path: readonly pulumi.Resource[];

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Redis", name, {}, opts);
    const firewall = this.createFirewall(name, args);
    const rules = this.allowIngress(name, args.plan, firewall);
    const group = this.createGroup(name, args, firewall);
    new RedisAlarms(name, { plan: args.plan, group }, { parent: this });
    this.path = [...rules, group];
    this.address = pulumi.interpolate`${group.primaryEndpointAddress}:${port}`;
    this.registerOutputs({ address: this.address });
  }

  /** Creates a security group without egress rules: Redis only answers connections. */
  private createFirewall(name: string, { plan, vpcId }: RedisArgs): ec2.SecurityGroup {
    const { namePrefix } = plan;
    const common = { region: primaryRegion(plan).name, tags: { Name: getRedisName(plan) } };
    return new ec2.SecurityGroup(
      `${name}-firewall`,
      { ...common, vpcId, description: `Redis of ${namePrefix}: its nodes alone` },
      { parent: this },
    );
  }

  /** Allows each region's CIDR: a rule can't name a security group of another region. */
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

  private createGroup(name: string, args: RedisArgs, firewall: ec2.SecurityGroup): elasticache.ReplicationGroup {
    const { plan, secrets, subnetIds } = args;
    const { namePrefix, settings } = plan;
    const groupName = getRedisName(plan);
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
        parameterGroupName: this.createParameters(name, plan).name,
        subnetGroupName: subnets.name,
        securityGroupIds: [firewall.id],
        atRestEncryptionEnabled: true,
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        authToken: pulumi.secret(secrets.redisPassword),
        authTokenUpdateStrategy: isRotating(secrets) ? "ROTATE" : "SET",
        // No snapshots: rooms are recreated when participants reconnect, and a day-old copy would restore ended rooms.
        snapshotRetentionLimit: 0,
        // ElastiCache reports a failover only as an event to an SNS topic, not as a metric. When the topic is removed,
        // the provider sends an empty ARN and no NotificationTopicStatus (terraform-provider-aws,
        // replication_group.go). So the topic stays active until the command in docs/aws.md turns it off.
        ...(notificationTopicArn && { notificationTopicArn }),
        // Nodes get a new password right after this update, so it must not wait for the maintenance window.
        applyImmediately: true,
      },
      { parent: this, protect: settings.protect, ...createFirst },
    );
  }

  private createParameters(name: string, plan: AwsPlan): elasticache.ParameterGroup {
    return new elasticache.ParameterGroup(
      `${name}-parameters`,
      {
        region: primaryRegion(plan).name,
        name: getRedisName(plan),
        family: "redis7",
        description: `Redis of ${plan.namePrefix}: full, it refuses writes`,
        // Rejects writes instead of evicting keys: without its key, a room would be split between nodes.
        parameters: [{ name: "maxmemory-policy", value: "noeviction" }],
      },
      { parent: this, ...createFirst },
    );
  }
}

/** Returns the name of Redis and its related resources, the same in every primary region. */
function getRedisName({ namePrefix }: AwsPlan): string {
  return `${namePrefix}-redis`;
}

/** Reports whether a rotation is in progress. Until it ends, Redis also accepts the previous password. */
function isRotating({ apiKeys, turnSecrets }: Secrets): boolean {
  return apiKeys.length > 1 || turnSecrets.length > 1;
}
