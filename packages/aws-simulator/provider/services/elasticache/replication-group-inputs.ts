import { z } from "zod";
import type { Inputs } from "../../../../provider-kit/resource-type";
import { regional, tagged } from "../../resource";
import { cacheName } from "./client";

/**
 * AUTH token, with the limits of `CreateReplicationGroup` in ElastiCache's API reference. Error messages must never
 * include the token.
 */
const authToken = z
  .string("must be text")
  .min(16, "must be at least 16 characters")
  .max(128, "must be at most 128 characters")
  .regex(/^[A-Za-z0-9!&#$^<>-]*$/, "must be letters, digits and any of !&#$^<>-");

/**
 * Current node families and sizes (ElastiCache's user guide, "supported node types"). r6gd is left out, because it also
 * requires data tiering.
 */
const nodeTypes =
  /^cache\.(t[23]\.(micro|small|medium)|t4g\.(micro|small|medium)|[mr]5\.(large|(|2|4|12|24)xlarge)|([mr][67]g|c7gn)\.(large|(|2|4|8|12|16)xlarge))$/;

/** The inputs of the official provider's replication group that this project uses, with the same names and defaults. */
export const replicationGroupInputs = {
  ...regional,
  ...tagged,
  replicationGroupId: cacheName(40),
  description: z.string().min(1),
  engine: z.literal("redis", "must be redis: no other engine is implemented").default("redis"),
  // ElastiCache's Redis versions with the minor version, which the official provider requires from 6 on.
  engineVersion: z.enum(["6.0", "6.2", "7.0", "7.1"]),
  nodeType: z.string().regex(nodeTypes, "must be a node type that ElastiCache has, such as cache.t4g.small"),
  numCacheClusters: z.number().int().min(1).max(6, "must be at most 6: a primary and five replicas"),
  automaticFailoverEnabled: z.boolean().default(false),
  multiAzEnabled: z.boolean().default(false),
  port: z.number().int().min(1).max(65_535).default(6379),
  parameterGroupName: z.string().min(1).optional(),
  subnetGroupName: z.string().min(1),
  securityGroupIds: z.array(z.string().min(1)).optional(),
  atRestEncryptionEnabled: z.boolean().default(false),
  transitEncryptionEnabled: z.boolean().default(false),
  transitEncryptionMode: z.enum(["preferred", "required"]).optional(),
  authToken: authToken.optional(),
  authTokenUpdateStrategy: z.enum(["SET", "ROTATE", "DELETE"]).optional(),
  snapshotRetentionLimit: z.number().int().min(0).max(35).default(0),
  notificationTopicArn: z
    .string()
    .regex(/^arn:[^:]+:sns:/, "must be the ARN of an SNS topic")
    .optional(),
  applyImmediately: z.boolean().default(false),
};

export type GroupInputs = Inputs<typeof replicationGroupInputs>;

export function groupErrors(group: GroupInputs): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [group.multiAzEnabled && !group.automaticFailoverEnabled, "multiAzEnabled: takes automaticFailoverEnabled true"],
    [
      group.automaticFailoverEnabled && group.numCacheClusters < 2,
      "automaticFailoverEnabled: takes numCacheClusters of at least 2",
    ],
    [
      group.authToken !== undefined && !group.transitEncryptionEnabled,
      "authToken: takes transitEncryptionEnabled true",
    ],
    [
      group.authToken === undefined && group.authTokenUpdateStrategy !== undefined,
      "authTokenUpdateStrategy: takes an authToken",
    ],
    [
      group.transitEncryptionMode !== undefined && !group.transitEncryptionEnabled,
      "transitEncryptionMode: takes transitEncryptionEnabled true",
    ],
  ];
  return rules.flatMap(([broken, rule]) => (broken ? [rule] : []));
}
