import type { ResourceType } from "../../../provider-kit/resource-type";
import { logGroup } from "./cloudwatch/log-group";
import { metricAlarm } from "./cloudwatch/metric-alarm";
import { parameterGroup } from "./elasticache/parameter-group";
import { replicationGroup } from "./elasticache/replication-group";
import { subnetGroup } from "./elasticache/subnet-group";
import { instanceProfile } from "./iam/instance-profile";
import { role } from "./iam/role";
import { rolePolicy } from "./iam/role-policy";
import { key } from "./kms/key";
import { listener } from "./lb/listener";
import { loadBalancer } from "./lb/load-balancer";
import { targetGroup } from "./lb/target-group";
import { targetGroupAttachment } from "./lb/target-group-attachment";
import { healthCheck } from "./route53/health-check";
import { record } from "./route53/record";
import { bucket } from "./s3/bucket";
import { bucketSettings } from "./s3/bucket-settings";
import { bucketObject } from "./s3/object";
import { secret } from "./secretsmanager/secret";
import { secretVersion } from "./secretsmanager/secret-version";

/** Resource types of all services except EC2. */
export const serviceTypes: readonly ResourceType[] = [
  bucket,
  ...bucketSettings,
  bucketObject,
  role,
  rolePolicy,
  instanceProfile,
  secret,
  secretVersion,
  key,
  logGroup,
  metricAlarm,
  record,
  healthCheck,
  subnetGroup,
  parameterGroup,
  replicationGroup,
  loadBalancer,
  targetGroup,
  listener,
  targetGroupAttachment,
];
