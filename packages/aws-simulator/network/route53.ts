import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  paginateListHostedZones,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { clientOptions } from "./aws";

/** A record set of Route 53, values as its API writes them. */
export interface RecordSet {
  /** Lower case, without the dot at its end. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
  /** The name that an alias stands for. */
  readonly alias?: string;
  /** An alias is as well as what it stands for. */
  readonly evaluatesTarget?: boolean;
  /** The health check that decides whether it is answered. */
  readonly healthCheck?: string;
  /** Of AWS's own names: whether what is there can serve. */
  readonly well?: boolean;
  /** Of a weighted set. */
  readonly weight?: number;
  /** Of a latency set. */
  readonly region?: string;
}

export interface Zone {
  readonly name: string;
  readonly records: readonly RecordSet[];
}

const client = new Route53Client(clientOptions("us-east-1"));

/** The zone that a name is in, with all its records as they are now; undefined where no zone of the account has it. */
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

/** From a place in a zone on. */
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
    // moto writes the SOA record of a zone as Python's text of an object.
    values: (ResourceRecords ?? []).map(({ Value = "" }) => Value.replace(/^\{'Value': '(.*)'\}$/, "$1")),
    ...(AliasTarget?.DNSName && { alias: plain(AliasTarget.DNSName) }),
    ...(AliasTarget?.EvaluateTargetHealth && { evaluatesTarget: true }),
    ...(HealthCheckId && { healthCheck: HealthCheckId }),
    ...(Weight !== undefined && { weight: Weight }),
    ...(Region && { region: Region }),
  };
}

/** As names are compared: Route 53 writes a `*` in octal, and a dot at the end. */
function plain(name: string): string {
  return name.replaceAll("\\052", "*").replace(/\.$/, "").toLowerCase();
}
