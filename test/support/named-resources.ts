/** Order of creating and deleting when a resource with an explicit name is replaced, with the reason. */
export interface NamedReplacement {
  readonly first: "create" | "delete";
  readonly why: string;
}

const renamed: NamedReplacement = {
  first: "create",
  why: "only another livekit:namePrefix replaces it, with its name",
};

/** All resource types to which the AWS program gives an explicit name. */
export const namedResources: Readonly<Record<string, NamedReplacement>> = {
  "aws:cloudwatch/logGroup:LogGroup": renamed,
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    first: "delete",
    why: "another instance replaces it under its name: it goes before the instance that it watches",
  },
  "aws:elasticache/parameterGroup:ParameterGroup": renamed,
  "aws:elasticache/replicationGroup:ReplicationGroup": renamed,
  "aws:elasticache/subnetGroup:SubnetGroup": renamed,
  "aws:iam/instanceProfile:InstanceProfile": renamed,
  "aws:iam/role:Role": renamed,
  "aws:lb/loadBalancer:LoadBalancer": {
    first: "delete",
    why: "the provider replaces one that loses a zone, under its name",
  },
  "aws:lb/targetGroup:TargetGroup": {
    first: "create",
    why: "another port replaces it, and is in its name: the listener uses the old one until it has the new one",
  },
  "aws:secretsmanager/secret:Secret": renamed,
};
