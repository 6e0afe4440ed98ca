import ipaddr from "ipaddr.js";
import { type Cidr, holds, privateNetworks } from "./cidr";

/** The names and networks for which a certificate authority (CA) may sign certificates (RFC 5280, section 4.2.1.10). */
export interface NameConstraints {
  readonly dnsNames: readonly string[];
  readonly networks: readonly Cidr[];
}

/**
 * Returns a local certificate's names: first those in the URLs that clients receive, then the machine's own. The latter
 * start with `localhost`, see {@link requiredNames}.
 */
export function localCertificateNames(clientNames: readonly string[], hostName: string): readonly string[] {
  return unique([...clientNames, "localhost", "127.0.0.1", hostName, `${hostName}.local`]);
}

/** Returns the names of a local certificate that clients need: those before `localhost`. */
export function requiredNames(certificateNames: readonly string[]): readonly string[] {
  const end = certificateNames.indexOf("localhost");
  return end < 0 ? certificateNames : certificateNames.slice(0, end);
}

/**
 * Returns the constraints of a new CA that signs for these names and addresses, and for everything that the former CA
 * permits: other stacks of the folder use that. They include all private networks: a machine's private address changes
 * with its network, and each new CA must be trusted on every device again.
 */
export function planConstraints(certificateNames: readonly string[], former?: NameConstraints): NameConstraints {
  const networks = unique(["127.0.0.0/8", ...privateNetworks, ...(former?.networks ?? [])]);
  const others = certificateNames
    .filter(isAddress)
    .map((address) => `${address}/32`)
    .filter((address) => !networks.some((network) => holds(network, address)));
  const dnsNames = unique([...(former?.dnsNames ?? []), ...certificateNames.filter(isDnsName)]);
  // A constraint on a name permits all names below it, and can exclude them only if the stack needs none of them. So the
  // CA may not sign for a host name `dev` or `example.com` if it signs for livekit.stack.dev or livekit.example.com.
  const required = requiredNames(certificateNames);
  return {
    dnsNames: dnsNames.filter((name) => required.includes(name) || !hasSubdomain(name, dnsNames)),
    networks: unique([...networks, ...others]),
  };
}

/** Reports whether the constraints list the DNS name, or contain the IPv4 address. */
export function permits({ dnsNames, networks }: NameConstraints, name: string): boolean {
  return isAddress(name) ? networks.some((network) => holds(network, `${name}/32`)) : dnsNames.includes(name);
}

/**
 * Returns the domains to exclude, because a constraint on a name permits its subdomains too. The leading dot excludes
 * the subdomains, but not the name itself.
 */
export function excludedDomains({ dnsNames }: NameConstraints): string[] {
  return dnsNames.filter((name) => !hasSubdomain(name, dnsNames)).map((name) => `.${name}`);
}

function hasSubdomain(domain: string, names: readonly string[]): boolean {
  return names.some((name) => name.endsWith(`.${domain}`));
}

function isAddress(name: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(name);
}

/** Rejects empty names, such as of a machine without a host name: they would permit every name. */
function isDnsName(name: string): boolean {
  return !isAddress(name) && /^[^.]/.test(name);
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
