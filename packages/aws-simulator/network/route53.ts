import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  paginateListHostedZones,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { clientOptions } from "./aws";

/** A Route 53 record set, with values as in its API. */
export interface RecordSet {
  /** In lower case, without the trailing dot. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
  /** Target name of an alias. */
  readonly alias?: string;
  /** Whether the alias is healthy only if its target is. */
  readonly evaluatesTarget?: boolean;
  /** Health check id. */
  readonly healthCheck?: string;
  /** For AWS's own names: whether the target is healthy. */
  readonly well?: boolean;
  /** Weight, for weighted routing. */
  readonly weight?: number;
  /** Region, for latency routing. */
  readonly region?: string;
}

export interface Zone {
  readonly name: string;
  readonly records: readonly RecordSet[];
}

const client = new Route53Client(clientOptions("us-east-1"));

/** Returns the hosted zone of a name with its current records, or undefined if no zone of the account contains it. */
export async function findZone(name: string): Promise<Zone | undefined> {
  const ids = new Map<string, string>();
  for await (const { HostedZones = [] } of paginateListHostedZones({ client }, {})) {
    for (const { Id = "", Name = "" } of HostedZones) ids.set(plain(Name), Id);
  }
  const [closest] = [...ids.keys()]
    .filter((zone) => name === zone || name.endsWith(`.${zone}`))
    .sort((a, b) => b.length - a.length);
  if (closest === undefined) return undefined;
  return { name: closest, records: await recordSets({ HostedZoneId: ids.get(closest) }) };
}

/** Lists a zone's records from a position on. */
async function recordSets(start: ListResourceRecordSetsCommandInput): Promise<RecordSet[]> {
  const page = await client.send(new ListResourceRecordSetsCommand(start));
  const records = (page.ResourceRecordSets ?? []).map(recordSet);
  if (!page.IsTruncated) return records;
  const next = {
    StartRecordName: page.NextRecordName,
    StartRecordType: page.NextRecordType,
    StartRecordIdentifier: page.NextRecordIdentifier,
  };
  return [...records, ...(await recordSets({ ...start, ...next }))];
}

function recordSet({
  Name = "",
  Type,
  TTL,
  ResourceRecords,
  AliasTarget,
  HealthCheckId,
  Weight,
  Region,
}: ResourceRecordSet): RecordSet {
  return {
    name: plain(Name),
    type: Type ?? "",
    ttlSeconds: TTL ?? 60,
    // moto returns the SOA record's value as the Python text of a dict.
    values: (ResourceRecords ?? []).map(({ Value = "" }) => Value.replace(/^\{'Value': '(.*)'\}$/, "$1")),
    ...(AliasTarget?.DNSName && { alias: plain(AliasTarget.DNSName) }),
    ...(AliasTarget?.EvaluateTargetHealth && { evaluatesTarget: true }),
    ...(HealthCheckId && { healthCheck: HealthCheckId }),
    ...(Weight !== undefined && { weight: Weight }),
    ...(Region && { region: Region }),
  };
}

/** Normalizes a name for comparison. Route 53 writes `*` as an octal escape and adds a trailing dot. */
function plain(name: string): string {
  return name.replaceAll("\\052", "*").replace(/\.$/, "").toLowerCase();
}
