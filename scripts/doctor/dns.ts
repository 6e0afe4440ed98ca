import { type CaaRecord, Resolver } from "node:dns";
import { promisify } from "node:util";
import type { AwsPlan } from "../../model/aws/plan";
import type { AwsCli } from "../aws/cli";
import { type Check, CheckFailure } from "./check";

/** Each CA's name in CAA records (from its documentation), by the host of its ACME directory. */
const caNames: Readonly<Record<string, string>> = {
  "acme-v02.api.letsencrypt.org": "letsencrypt.org",
  "acme-staging-v02.api.letsencrypt.org": "letsencrypt.org",
  "acme.zerossl.com": "sectigo.com",
  "dv.acme-v02.api.pki.goog": "pki.goog",
};

/** Returns the checks of the DNS setup that certificates require. They can run before the stack is up. */
export function dnsChecks(plan: AwsPlan, directoryUrl: string, aws: AwsCli): Check[] {
  const zone = plan.zoneName;
  return [
    {
      title: `Route 53 zone ${zone}`,
      fix: `Create the hosted zone with: aws route53 create-hosted-zone --name ${zone} --caller-reference first`,
      ofMachine: true,
      run: async () => (await findZone(aws, zone)).Id,
    },
    {
      title: `delegation of ${zone}`,
      fix: "Set the name servers of the Route 53 zone at the domain's registrar, or in the parent zone",
      ofMachine: true,
      run: async (signal) => delegation(zone, await zoneServers(aws, zone), await publicServers(zone, signal)),
    },
    {
      title: `CAA of ${plan.domain}`,
      fix: `In the zone ${zone}, add a CAA record that allows the CA, or remove the CAA records`,
      ofMachine: true,
      run: async (signal) => caa(plan.domain, directoryUrl, await caaRecords(plan.domain, signal)),
    },
  ];
}

interface Zone {
  readonly Id: string;
  readonly Name: string;
  readonly Config?: { readonly PrivateZone?: boolean };
}

async function findZone(aws: AwsCli, name: string): Promise<Zone> {
  const { HostedZones } = await aws.call<{ HostedZones: Zone[] }>(
    ...["route53", "list-hosted-zones-by-name", "--dns-name", name, "--max-items", "10"],
  );
  const zones = HostedZones.filter((zone) => zone.Name === `${name}.` && !zone.Config?.PrivateZone);
  const [zone] = zones;
  if (zone === undefined) throw new CheckFailure(`this account has no public zone ${name}`);
  if (zones.length > 1)
    throw new CheckFailure(`this account has ${zones.length} public zones ${name}`, "Remove all but one");
  return zone;
}

async function zoneServers(aws: AwsCli, name: string): Promise<string[]> {
  const { Id } = await findZone(aws, name);
  const { DelegationSet } = await aws.call<{ DelegationSet: { NameServers: string[] } }>(
    ...["route53", "get-hosted-zone", "--id", Id],
  );
  return DelegationSet.NameServers;
}

async function publicServers(name: string, signal: AbortSignal): Promise<string[]> {
  return resolve(signal, (resolver) => promisify(resolver.resolveNs.bind(resolver))(name));
}

/** Compares the public NS records with the zone's name servers. @throws CheckFailure if they differ */
export function delegation(zone: string, own: readonly string[], found: readonly string[]): string {
  const plain = (names: readonly string[]) => names.map((name) => name.toLowerCase().replace(/\.$/, "")).sort();
  const [wanted, seen] = [plain(own), plain(found)];
  if (seen.length === 0) throw new CheckFailure(`${zone} is not delegated; its name servers are ${wanted.join(", ")}`);
  if (wanted.join() !== seen.join()) {
    throw new CheckFailure(
      `${zone} is delegated to ${seen.join(", ")}, but the zone's servers are ${wanted.join(", ")}`,
    );
  }
  return seen.join(", ");
}

/** Returns the CAA records of the domain, or of its closest ancestor that has any (RFC 8659, section 3). */
async function caaRecords(domain: string, signal: AbortSignal): Promise<CaaRecord[]> {
  const labels = domain.split(".");
  for (let from = 0; from < labels.length - 1; from++) {
    const name = labels.slice(from).join(".");
    const records = await resolve(signal, (resolver) => promisify(resolver.resolveCaa.bind(resolver))(name));
    if (records.length > 0) return records;
  }
  return [];
}

/** Validates CAA records. @throws CheckFailure if they don't let the CA issue for the domain or for names below it */
export function caa(domain: string, directoryUrl: string, records: readonly CaaRecord[]): string {
  const { hostname } = new URL(directoryUrl);
  const caName = caNames[hostname];
  if (records.length === 0) return "none: every CA may issue";
  if (caName === undefined) return `not checked: the CAA name of ${hostname} is unknown`;
  const values = (tag: "issue" | "issuewild") =>
    records.flatMap((record) => (record[tag] === undefined ? [] : [record[tag].split(";")[0]?.trim()]));
  const single = values("issue");
  const wild = values("issuewild").length > 0 ? values("issuewild") : single;
  const uncertifiable = [
    ...(single.length > 0 && !single.includes(caName) ? [domain] : []),
    ...(wild.length > 0 && !wild.includes(caName) ? [`*.${domain}`] : []),
  ];
  if (uncertifiable.length > 0) {
    throw new CheckFailure(
      `no record lets ${caName} issue for ${uncertifiable.join(" and ")}`,
      `Add to the zone: ${domain} CAA 0 issue "${caName}"`,
    );
  }
  return `${caName} may issue`;
}

/** Queries DNS. Returns an empty list if the name does not exist or has no record of the type. */
async function resolve<T>(signal: AbortSignal, question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
  const resolver = new Resolver();
  signal.addEventListener("abort", () => resolver.cancel());
  try {
    return await question(resolver);
  } catch (error) {
    if (["ENOTFOUND", "ENODATA"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
