import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import { clientOf } from "../../clients";

export const service = "Elastic Load Balancing v2";

/** Elastic Load Balancing client of a region. */
export const balancing = clientOf(service, (options) => new ElasticLoadBalancingV2Client(options));

/** Name of a load balancer or target group. */
export const balancingName = z
  .string()
  .min(1)
  .max(32, "must be at most 32 characters")
  .regex(/^[A-Za-z0-9-]*$/, "must be letters, digits and hyphens")
  .regex(/^(?!-).*(?<!-)$/, "must not begin or end with a hyphen");

export const port = z.number().int().min(1).max(65_535);

/** Returns attributes in the API's format: a list of keys with string values. */
export function attributeList(attributes: Readonly<Record<string, string | number | boolean | undefined>>) {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return given.map(([Key, value]) => ({ Key, Value: String(value) }));
}

export function attributesFound(
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value }) => [Key, Value]));
}
