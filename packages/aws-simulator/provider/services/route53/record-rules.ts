import { GetHealthCheckCommand, type ResourceRecordSet } from "@aws-sdk/client-route-53";
import { required } from "../../../../provider-kit/required";
import { awsError } from "../../aws-error";
import { route53 } from "./client";
import { plainName } from "./record-inputs";
import { isSet, setsOf } from "./record-sets";

export interface ChangeContext {
  /** Whether the change may overwrite an existing set. */
  readonly overwrite: boolean;
  /** A set that the same change removes. */
  readonly without: ResourceRecordSet | undefined;
}

/** Rejects record sets that Route 53 rejects but moto accepts. @throws Route 53's error */
export async function validateChange(
  zone: { readonly id: string },
  set: ResourceRecordSet,
  context: ChangeContext,
): Promise<void> {
  const errors = errorsOf(zone, set, await setsOf(zone.id), context);
  if (errors.length > 0) {
    throw awsError("Route 53", "ChangeResourceRecordSets", "InvalidChangeBatch", `[${errors.join(", ")}]`);
  }
  const { HealthCheckId } = set;
  if (HealthCheckId !== undefined) await route53().send(new GetHealthCheckCommand({ HealthCheckId }));
}

/** Returns Route 53's errors for a set, given the zone's other sets. */
export function errorsOf(
  zone: { readonly id: string },
  set: ResourceRecordSet,
  all: readonly ResourceRecordSet[],
  { overwrite, without }: ChangeContext,
): string[] {
  const left = all.filter((other) => !without || !isSet(other, without));
  const others = named(set.Name, left);
  return [...(overwrite ? [] : exists(set, others)), ...conflicts(set, others), ...aimless(zone.id, set, left)];
}

const named = (name: string | undefined, sets: readonly ResourceRecordSet[]) =>
  sets.filter(({ Name = "" }) => plainName(Name) === plainName(name ?? ""));

function exists(set: ResourceRecordSet, others: readonly ResourceRecordSet[]): string[] {
  if (!others.some((other) => isSet(other, set))) return [];
  const identifier = set.SetIdentifier === undefined ? "" : `, set-identifier='${set.SetIdentifier}'`;
  const named = `[name='${dotted(set)}', type='${set.Type}'${identifier}]`;
  return [`Tried to create resource record set ${named} but it already exists`];
}

/**
 * Finds conflicting sets. Sets of one name and type must use the same routing policy, and latency sets need different
 * regions.
 */
function conflicts(set: ResourceRecordSet, others: readonly ResourceRecordSet[]): string[] {
  const alias = others.find(({ Type }) => Type === "CNAME");
  if (alias) {
    return [
      `RRSet of type ${set.Type} with DNS name ${dotted(set)} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists`,
    ];
  }
  const alike = others.filter((other) => other.Type === set.Type && !isSet(other, set));
  const kind = kindOf(set);
  const named = `RRSet with DNS name ${dotted(set)}, type ${set.Type}`;
  if (kind === "simple")
    return alike.length > 0 ? [`${named} cannot be created as other RRSets exist with the same name and type.`] : [];
  const reason = `${named}, SetIdentifier ${set.SetIdentifier} cannot be created because`;
  if (alike.some((other) => kindOf(other) !== kind)) {
    return [`${reason} a non ${kind} rrset exists with the same name and type.`];
  }
  const sameRegion = set.Region !== undefined && alike.some(({ Region }) => Region === set.Region);
  return sameRegion ? [`${reason} a latency rrset with the same name, type and region exists.`] : [];
}

function kindOf({ Weight, Region, MultiValueAnswer }: ResourceRecordSet): string {
  if (Weight !== undefined) return "weighted";
  if (Region !== undefined) return "latency";
  return MultiValueAnswer ? "multivalue answer" : "simple";
}

/** Rejects an alias without a target in the same zone. Aliases to AWS services are not checked. */
function aimless(
  zoneId: string,
  { AliasTarget: alias, Type }: ResourceRecordSet,
  all: readonly ResourceRecordSet[],
): string[] {
  if (!alias || alias.HostedZoneId !== zoneId) return [];
  const targets = named(alias.DNSName, all);
  if (targets.some((target) => target.Type === Type)) return [];
  const aim = `${plainName(required(alias.DNSName, "DNSName"))}., type ${Type} in zone ${zoneId}`;
  return [`Tried to create an alias that targets ${aim}, but that target was not found`];
}

function dotted({ Name = "" }: ResourceRecordSet): string {
  return `${plainName(Name)}.`;
}
