import type { ResourceType } from "../../plugin/resource-type";
import { logGroup } from "./cloudwatch/log-group";
import { metricAlarm } from "./cloudwatch/metric-alarm";
import { instanceProfile } from "./iam/instance-profile";
import { role } from "./iam/role";
import { rolePolicy } from "./iam/role-policy";
import { bucket } from "./s3/bucket";
import { bucketSettings } from "./s3/bucket-settings";
import { bucketObject } from "./s3/object";
import { secret } from "./secretsmanager/secret";
import { secretVersion } from "./secretsmanager/secret-version";

/** Resource types of every service but EC2. */
export const serviceTypes: readonly ResourceType[] = [
  bucket,
  ...bucketSettings,
  bucketObject,
  role,
  rolePolicy,
  instanceProfile,
  secret,
  secretVersion,
  logGroup,
  metricAlarm,
];
