import { check } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { serviceTypes } from "../../provider/services/types";

const region = "eu-central-1";
const trust = '{"Version":"2012-10-17","Statement":[]}';

const alarm = {
  region,
  name: "a",
  namespace: "AWS/EC2",
  metricName: "StatusCheckFailed",
  statistic: "Maximum",
  period: 60,
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: "GreaterThanThreshold",
};
const rule = { id: "a", status: "Enabled", filter: { prefix: "" }, noncurrentVersionExpiration: { noncurrentDays: 1 } };
const record = { zoneId: "Z1", name: "a.example.com", type: "A", ttl: 60, records: ["198.51.100.4"] };
const redis = {
  region,
  replicationGroupId: "redis",
  description: "a",
  engineVersion: "7.1",
  nodeType: "cache.t4g.small",
  numCacheClusters: 2,
  subnetGroupName: "a",
  transitEncryptionEnabled: true,
};
const targets = { region, name: "a", vpcId: "vpc-1", protocol: "TCP", port: 443, healthCheck: {} };

/** Type, arguments and error. */
const rejections: readonly (readonly [string, Properties, RegExp])[] = [
  ["Bucket", { region, bucketPrefix: "Store-" }, /lower-case/],
  ["Bucket", { region, bucketPrefix: "a".repeat(38) }, /at most 37/],
  ["Bucket", { region, bucketPrefix: "xn--a" }, /must not begin with xn--/],
  ["BucketPolicy", { region, bucket: "a", policy: "{" }, /invalid JSON policy/],
  ["BucketLifecycleConfiguration", { region, bucket: "a", rules: [rule, rule] }, /rule ids must be unique/],
  [
    "BucketLifecycleConfiguration",
    { region, bucket: "a", rules: [{ ...rule, expiration: { date: "2030-01-01" } }] },
    /not implemented/,
  ],
  ["BucketObjectv2", { region, bucket: "a", key: "/a", content: "" }, /must not begin with \//],
  ["Role", { name: "a".repeat(65), assumeRolePolicy: trust }, /at most 64/],
  ["Role", { name: "a b", assumeRolePolicy: trust }, /letters, digits/],
  ["Role", { name: "a", assumeRolePolicy: trust, description: "–" }, /Latin-1/],
  ["Secret", { region, name: "a", recoveryWindowInDays: 3 }, /0 or between 7 and 30/],
  ["Secret", { region, name: "a b" }, /letters, digits/],
  ["SecretVersion", { region, secretId: "a", secretString: "s".repeat(65_537) }, /at most 65536 bytes/],
  ["LogGroup", { region, name: "a", retentionInDays: 31 }, /must be one of 0, 1, 3/],
  ["MetricAlarm", { ...alarm, period: 45 }, /10, 20, 30 or a multiple of 60/],
  ["MetricAlarm", { ...alarm, period: 300, evaluationPeriods: 289 }, /at most 86400 s, not 86700 s/],
  ["MetricAlarm", { ...alarm, period: 86_400, evaluationPeriods: 8 }, /at most 604800 s/],
  ["MetricAlarm", { ...alarm, alarmActions: ["ops"] }, /must be an ARN/],
  ["Record", { ...record, type: "AAAA" }, /must be A/],
  ["Record", { ...record, records: ["host"] }, /IPv4/],
  ["Record", { ...record, ttl: undefined }, /ttl: must be given/],
  ["Record", { ...record, weightedRoutingPolicies: [{ weight: 1 }] }, /setIdentifier: must be given/],
  ["Record", { ...record, weightedRoutingPolicies: [{ weight: 256 }], setIdentifier: "a" }, /255/],
  ["Record", { ...record, records: undefined, ttl: undefined }, /exactly one of them/],
  ["HealthCheck", { type: "HTTPS" }, /ipAddress, fqdn/],
  ["HealthCheck", { type: "HTTPS", fqdn: "a", requestInterval: 20 }, /10 or 30/],
  ["ReplicationGroup", { ...redis, replicationGroupId: "a".repeat(41) }, /at most 40/],
  ["ReplicationGroup", { ...redis, engineVersion: "7" }, /engineVersion/],
  ["ReplicationGroup", { ...redis, nodeType: "cache.t4g.huge" }, /nodeType: must be a node type that ElastiCache has/],
  ["ReplicationGroup", { ...redis, nodeType: "cache.r6gd.xlarge" }, /nodeType/],
  ["ReplicationGroup", { ...redis, authToken: "planted" }, /at least 16/],
  ["ReplicationGroup", { ...redis, authToken: `planted@${"a".repeat(16)}` }, /letters, digits and any of/],
  ["ReplicationGroup", { ...redis, multiAzEnabled: true }, /takes automaticFailoverEnabled/],
  ["ReplicationGroup", { ...redis, transitEncryptionEnabled: false, authToken: "p".repeat(16) }, /authToken: takes/],
  ["SubnetGroup", { region, name: "default", subnetIds: ["a"] }, /must not be default/],
  ["TargetGroup", { ...targets, name: "a".repeat(33) }, /at most 32/],
  ["TargetGroup", { ...targets, healthCheck: { interval: 5, timeout: 6 } }, /healthCheck.timeout/],
  ["LoadBalancer", { region, name: "internal-a", loadBalancerType: "network", subnets: ["a"] }, /internal-/],
  [
    "LoadBalancer",
    { region, name: "a", loadBalancerType: "network", subnets: ["a"], internal: true },
    /internal: must be false/,
  ],
  ["LoadBalancer", { region, name: "a", loadBalancerType: "application", subnets: ["a"] }, /must be network/],
];

describe("the fallback provider's resource types other than EC2", () => {
  test.each(rejections.map(([name, inputs, said]) => [name, said, inputs] as const))(
    "reject an invalid %s with the error %s",
    (name, said, inputs) => {
      const type = serviceTypes.find(({ token }) => token.endsWith(`:${name}`));
      if (!type) throw new Error(`there is no resource type ${name}`);
      const failures = check(type, inputs, "aws").failures.join("\n");
      expect(failures).toMatch(said);
      expect(failures).not.toContain("planted");
    },
  );

  test("normalize equivalent IAM policies to the same text", () => {
    const type = serviceTypes.find(({ token }) => token.endsWith(":BucketPolicy"));
    const policyOf = (policy: object, space = 0) =>
      type &&
      check(type, { region, bucket: "a", policy: JSON.stringify(policy, undefined, space) }, "aws").inputs["policy"];
    const statement = { Effect: "Allow", Action: ["s3:Get", "s3:Put"], Resource: ["*"] };
    const other = { Resource: "*", Action: ["s3:Put", "s3:Get"], Effect: "Allow" };
    expect(policyOf({ Statement: [statement] })).toBe(policyOf({ Statement: [other] }, 2));
    expect(policyOf({ Statement: [statement] })).not.toBe(policyOf({ Statement: [{ ...other, Effect: "Deny" }] }));
  });
});
