import { ports } from "./state";

/** A record set of Route 53, values as its API writes them. */
export interface RecordSet {
  /** Lower case, without the dot at its end. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
  /** The name that an alias stands for. */
  readonly alias?: string;
  /** Of a weighted set. */
  readonly weight?: number;
  /** Of a latency set. */
  readonly region?: string;
}

export interface Zone {
  readonly name: string;
  readonly records: readonly RecordSet[];
}

const api = "2013-04-01";

/** The simulator chooses the service by the scope of the signature, which it does not check. */
const authorization = "AWS4-HMAC-SHA256 Credential=gateway/20200101/us-east-1/route53/aws4_request";

/** The zone that a name is in, with all its records as they are now; undefined where no zone of the account has it. */
export async function findZone(name: string, endpoint = `http://127.0.0.1:${ports.aws}`): Promise<Zone | undefined> {
  const zones = await pages(endpoint, `/${api}/hostedzone`, "HostedZone", "marker", "NextMarker");
  const ids = new Map(zones.map((zone) => [plain(tag(zone, "Name")), tag(zone, "Id").replace("/hostedzone/", "")]));
  const closest = [...ids.keys()]
    .filter((zone) => name === zone || name.endsWith(`.${zone}`))
    .sort((a, b) => b.length - a.length)[0];
  if (closest === undefined) return undefined;
  const path = `/${api}/hostedzone/${ids.get(closest)}/rrset`;
  const sets = await pages(endpoint, path, "ResourceRecordSet", "name", "NextRecordName");
  return { name: closest, records: sets.map(recordSet) };
}

/** All elements of a list that the API gives in pages. */
async function pages(
  endpoint: string,
  path: string,
  element: string,
  from: string,
  next: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let start = ""; ; ) {
    const query = new URLSearchParams({ maxitems: "300", ...(start && { [from]: start }) });
    const response = await fetch(`${endpoint}${path}?${query}`, { headers: { authorization } });
    const text = await response.text();
    if (!response.ok) throw new Error(`Route 53 answers ${response.status} to ${path}: ${text}`);
    found.push(...tags(text, element));
    start = tag(text, next);
    if (tag(text, "IsTruncated") !== "true" || start === "") return found;
  }
}

function recordSet(xml: string): RecordSet {
  const [weight, region, target] = [tag(xml, "Weight"), tag(xml, "Region"), tags(xml, "AliasTarget")[0]];
  return {
    name: plain(tag(xml, "Name")),
    type: tag(xml, "Type"),
    ttlSeconds: Number(tag(xml, "TTL") || 60),
    // moto writes the SOA record of a zone as Python's text of an object.
    values: tags(xml, "ResourceRecord").map((record) => tag(record, "Value").replace(/^\{'Value': '(.*)'\}$/, "$1")),
    ...(target && { alias: plain(tag(target, "DNSName")) }),
    ...(weight && { weight: Number(weight) }),
    ...(region && { region }),
  };
}

/** As names are compared: Route 53 writes a `*` in octal, and a dot at the end. */
function plain(name: string): string {
  return name.replaceAll("\\052", "*").replace(/\.$/, "").toLowerCase();
}

/** Contents of the elements of a name, in order. The API's elements have attributes at the root alone. */
function tags(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, content = ""]) => content);
}

function tag(xml: string, name: string): string {
  return unescaped((tags(xml, name)[0] ?? "").trim());
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&", "#34": '"' };
  return text.replaceAll(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}
