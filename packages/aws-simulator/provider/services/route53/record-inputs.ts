import { isIPv4 } from "node:net";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { z } from "zod";
import { required } from "../../../../provider-kit/required";
import type { Inputs } from "../../../../provider-kit/resource-type";
import type { Properties } from "../../../../provider-kit/values";

/** A name as Route 53 stores it, without the trailing dot. */
const name = z
  .string()
  .min(1)
  .max(1024)
  .transform((text) => plainName(text));

const whole = z.number().int().nonnegative();

/** The inputs of the official provider's record that this project uses, with the same names. */
export const recordInputs = {
  zoneId: z.string().min(1).max(32),
  name,
  type: z.literal("A", "must be A: no other type is implemented"),
  ttl: whole.max(2_147_483_647).optional(),
  records: z
    .array(z.string().refine((text) => isIPv4(text), "must be an IPv4 address"))
    .min(1)
    .max(400)
    .refine((list) => new Set(list).size === list.length, "must not have a value twice")
    .optional(),
  aliases: z
    .array(z.strictObject({ name, zoneId: z.string().min(1).max(32), evaluateTargetHealth: z.boolean() }))
    .length(1, "must be one alias")
    .optional(),
  setIdentifier: z.string().min(1).max(128).optional(),
  weightedRoutingPolicies: z
    .array(z.strictObject({ weight: whole.max(255) }))
    .length(1)
    .optional(),
  latencyRoutingPolicies: z
    .array(z.strictObject({ region: z.string().min(1) }))
    .length(1)
    .optional(),
  healthCheckId: z.string().min(1).max(64).optional(),
};

export type RecordInputs = Inputs<typeof recordInputs>;

/** Identifies a record set within a zone. */
export type SetKey = Pick<RecordInputs, "name" | "type" | "setIdentifier">;

export function recordErrors(record: RecordInputs): string[] {
  const { records, aliases, ttl, setIdentifier, weightedRoutingPolicies, latencyRoutingPolicies } = record;
  const policies = [weightedRoutingPolicies, latencyRoutingPolicies].filter(Boolean).length;
  const rules: readonly (readonly [boolean, string])[] = [
    [!records === !aliases, "records, aliases: exactly one of them must be given"],
    [records !== undefined && ttl === undefined, "ttl: must be given with records"],
    [aliases !== undefined && ttl !== undefined, "ttl: an alias has that of its target"],
    [policies > 1, "weightedRoutingPolicies, latencyRoutingPolicies: at most one of them"],
    [policies > 0 && !setIdentifier, "setIdentifier: must be given with a routing policy"],
    [policies === 0 && setIdentifier !== undefined, "setIdentifier: must come with a routing policy"],
  ];
  return rules.flatMap(([broken, rule]) => (broken ? [rule] : []));
}

/** Converts inputs into the API's record set. */
export function recordSet(record: RecordInputs, zoneName: string): ResourceRecordSet {
  const [alias] = record.aliases ?? [];
  return {
    Name: fullName(record.name, zoneName),
    Type: record.type,
    TTL: record.ttl,
    ResourceRecords: record.records?.map((Value) => ({ Value })),
    AliasTarget: alias && {
      DNSName: alias.name,
      HostedZoneId: alias.zoneId,
      EvaluateTargetHealth: alias.evaluateTargetHealth,
    },
    SetIdentifier: record.setIdentifier,
    Weight: record.weightedRoutingPolicies?.[0]?.weight,
    Region: record.latencyRoutingPolicies?.[0]?.region as ResourceRecordSet["Region"],
    HealthCheckId: record.healthCheckId,
  };
}

/** Converts the API's record set into inputs. */
export function recordFound(found: ResourceRecordSet): Properties {
  const { AliasTarget: alias, Weight: weight, Region: region } = found;
  return {
    fqdn: plainName(found.Name ?? ""),
    type: found.Type,
    ttl: found.TTL,
    records: found.ResourceRecords?.map(({ Value }) => Value),
    aliases: alias && [
      {
        name: plainName(required(alias.DNSName, "DNSName")),
        zoneId: alias.HostedZoneId,
        evaluateTargetHealth: alias.EvaluateTargetHealth ?? false,
      },
    ],
    setIdentifier: found.SetIdentifier,
    weightedRoutingPolicies: weight === undefined ? undefined : [{ weight }],
    latencyRoutingPolicies: region === undefined ? undefined : [{ region }],
    healthCheckId: found.HealthCheckId,
  };
}

/** Normalizes a name for comparison: lower case, no trailing dot, and `*` instead of Route 53's octal escape. */
export function plainName(text: string): string {
  return text.replace(/\.$/, "").replace("\\052", "*").toLowerCase();
}

/** Returns a name with the zone's name, which the program may leave out. */
export function fullName(name: string, zoneName: string): string {
  const zone = plainName(zoneName);
  return name === zone || name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}
