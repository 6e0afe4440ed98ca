import * as elasticache from "@pulumi/aws/elasticache";
import * as lb from "@pulumi/aws/lb";
import type { Provider } from "@pulumi/aws/provider";
import * as route53 from "@pulumi/aws/route53";
import { type CustomResourceOptions, secret } from "@pulumi/pulumi";
import { simulatedRegion as region } from "../../../../test/support/simulated-aws";

/** Settings that differ between two versions of a test program. */
export interface EntryVersion {
  /** Suffix of physical names. Changing it replaces the resources. */
  readonly generation: string;
  /** Number used in properties that can change in place. Changing it updates the resources. */
  readonly number: number;
  /** Routing policy of the records. Changing it replaces the old record in one request. */
  readonly policy: "weighted" | "latency";
  /** The Redis password. */
  readonly token: string;
}

/** Resources that exist before the program runs. */
export interface Place {
  readonly zoneId: string;
  readonly vpcId: string;
  /** One subnet in each zone. */
  readonly subnets: readonly string[];
  readonly groupId: string;
  readonly instanceId: string;
}

/** Creates DNS names, load balancing and a shared Redis, as in a stack with several nodes. */
export function entryProgram(provider: () => Provider, { zoneId, instanceId, subnets, vpcId, groupId }: Place) {
  return (version: EntryVersion) => async () => {
    const options = { provider: provider() };
    const { generation, number, policy } = version;
    const cache = cacheGroup(version, { subnets, groupId }, options);
    const check = new route53.HealthCheck(
      "check",
      {
        type: "HTTPS",
        ipAddress: "198.51.100.4",
        port: 443,
        fqdn: "livekit.example.com",
        enableSni: true,
        resourcePath: "/",
        requestInterval: generation === "a" ? 10 : 30,
        failureThreshold: number,
        tags: { Name: `check-${number}` },
      },
      options,
    );
    const near = { setIdentifier: "one", latencyRoutingPolicies: [{ region }] };
    const weighted = { setIdentifier: "node", weightedRoutingPolicies: [{ weight: number }], healthCheckId: check.id };
    const node = new route53.Record(
      "node",
      {
        zoneId,
        name: `nodes-${generation}.example.com`,
        type: "A",
        ttl: 60 * number,
        records: ["198.51.100.4"],
        ...(policy === "weighted" ? weighted : near),
      },
      options,
    );
    // The same set identifier under another name: deleting one record must not delete the other.
    const other = new route53.Record(
      "other",
      { zoneId, name: "other", type: "A", ttl: 60, records: ["198.51.100.6", "198.51.100.5"], ...weighted },
      options,
    );
    const balancer = new lb.LoadBalancer(
      "balancer",
      {
        region,
        name: `entry-${generation}`,
        loadBalancerType: "network",
        internal: false,
        subnets: generation === "a" ? subnets.slice(0, number) : subnets.slice(1),
        enableCrossZoneLoadBalancing: number > 1,
      },
      options,
    );
    const group = new lb.TargetGroup(
      "targets",
      {
        region,
        name: `targets-${generation}`,
        vpcId,
        targetType: "instance",
        protocol: "TCP",
        port: 443,
        preserveClientIp: "true",
        deregistrationDelay: number > 1 ? 3600 : 60,
        connectionTermination: false,
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 * number }],
        healthCheck: {
          protocol: "HTTPS",
          path: "/",
          matcher: "200",
          interval: 10 * number,
          timeout: 6,
          healthyThreshold: 2,
        },
      },
      options,
    );
    const listener = new lb.Listener(
      "listener",
      {
        region,
        loadBalancerArn: balancer.arn,
        protocol: "TCP",
        port: 442 + number,
        defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
      },
      options,
    );
    new lb.TargetGroupAttachment(
      "target",
      { region, targetGroupArn: group.arn, targetId: instanceId, port: 443 },
      options,
    );
    const alias = new route53.Record(
      "alias",
      {
        zoneId,
        name: "entry.example.com",
        type: "A",
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
      },
      options,
    );
    new route53.Record(
      "livekit",
      {
        zoneId,
        name: "livekit.example.com",
        type: "A",
        aliases: [{ name: alias.name, zoneId, evaluateTargetHealth: true }],
        ...near,
      },
      { ...options, dependsOn: [alias] },
    );
    return {
      cache: cache.primaryEndpointAddress,
      node: node.id,
      fqdn: other.fqdn,
      balancer: balancer.arn,
      group: group.arn,
      listener: listener.arn,
    };
  };
}

function cacheGroup(
  { generation, number, token }: EntryVersion,
  { subnets, groupId }: Pick<Place, "subnets" | "groupId">,
  options: CustomResourceOptions,
): elasticache.ReplicationGroup {
  const place = { region, name: `redis-${generation}` };
  const group = new elasticache.SubnetGroup(
    "redis-subnets",
    { ...place, description: `zones ${number}`, subnetIds: [...subnets] },
    options,
  );
  const parameters = new elasticache.ParameterGroup(
    "redis-parameters",
    {
      ...place,
      family: "redis7",
      description: "full, it refuses writes",
      parameters: [
        { name: "maxmemory-policy", value: "noeviction" },
        { name: number > 1 ? "timeout" : "tcp-keepalive", value: `${number}` },
      ],
    },
    options,
  );
  return new elasticache.ReplicationGroup(
    "redis",
    {
      region,
      replicationGroupId: `redis-${generation}`,
      description: `rooms ${number}`,
      engine: "redis",
      engineVersion: "7.1",
      nodeType: "cache.t4g.small",
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: 6379,
      parameterGroupName: parameters.name,
      subnetGroupName: group.name,
      securityGroupIds: [groupId],
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      authToken: secret(token),
      authTokenUpdateStrategy: number > 1 ? "ROTATE" : "SET",
      snapshotRetentionLimit: 0,
      applyImmediately: true,
    },
    options,
  );
}
