import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { route53 } from "./client";
import { plainName } from "./record-inputs";

/** Lists all record sets of a zone, or those of one name. */
export async function setsOf(zoneId: string, name?: string): Promise<ResourceRecordSet[]> {
  const found: ResourceRecordSet[] = [];
  let page: Partial<ListResourceRecordSetsCommandOutput> | undefined;
  do {
    const { NextRecordName: StartRecordName, NextRecordType: StartRecordType }: typeof page = page ?? {};
    const from = { StartRecordName, StartRecordType };
    page = await route53().send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, ...from }));
    found.push(...(page.ResourceRecordSets ?? []));
  } while (page.IsTruncated);
  return name === undefined ? found : found.filter(({ Name = "" }) => plainName(Name) === plainName(name));
}

/** Reports whether two record sets have the same name, type and set identifier, whatever their values. */
export function isSet(
  set: Pick<ResourceRecordSet, "Name" | "Type" | "SetIdentifier">,
  other: Pick<ResourceRecordSet, "Name" | "Type" | "SetIdentifier">,
): boolean {
  return (
    plainName(set.Name ?? "") === plainName(other.Name ?? "") &&
    set.Type === other.Type &&
    (set.SetIdentifier ?? "") === (other.SetIdentifier ?? "")
  );
}
