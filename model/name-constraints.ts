import ipaddr from "ipaddr.js";
import { type Cidr, holds, privateNetworks } from "./cidr";
import type { FleetNode } from "./fleet";

/** The names and networks for which a certificate authority (CA) may sign certificates (RFC 5280, section 4.2.1.10). */
export interface NameConstraints {
  readonly dnsNames: readonly string[];
  readonly networks: readonly Cidr[];
}

/** Returns the names and addresses in the URLs that clients receive. */
export function clientNames({ apiName, turnName, publicAddress }: FleetNode): readonly string[] {
  return [apiName, turnName, publicAddress];
}

/**
 * Returns the constraints of a CA that signs for these names and addresses. They include all private networks: a
 * machine's private address changes with its network, and each new CA must be trusted on every device again.
 */
export function constrainTo(names: readonly string[]): NameConstraints {
  const own = ["127.0.0.0/8", ...privateNetworks];
  const others = names
    .filter(isAddress)
    .map((address) => `${address}/32`)
    .filter((address) => !own.some((network) => holds(network, address)));
  // An empty name, such as of a machine without a host name, would permit every name.
  const dnsNames = names.filter((name) => !isAddress(name) && /^[^.]/.test(name));
  return { dnsNames: unique(dnsNames), networks: unique([...own, ...others]) };
}

/** Returns constraints that permit everything that either one permits. */
export function mergeConstraints(a: NameConstraints, b: NameConstraints): NameConstraints {
  return {
    dnsNames: unique([...a.dnsNames, ...b.dnsNames]),
    networks: unique([...a.networks, ...b.networks]),
  };
}

/** Reports whether the constraints list the DNS name, or contain the IPv4 address. */
export function permits({ dnsNames, networks }: NameConstraints, name: string): boolean {
  return isAddress(name) ? networks.some((network) => holds(network, `${name}/32`)) : dnsNames.includes(name);
}

/**
 * Returns the domains to exclude: a constraint on a name permits its subdomains too, and a host name such as `dev` is
 * also a top-level domain. The leading dot excludes the subdomains, but not the name itself.
 */
export function excludedDomains({ dnsNames }: NameConstraints): string[] {
  return dnsNames
    .filter((name) => !name.includes("."))
    .map((name) => `.${name}`)
    .filter((domain) => !dnsNames.some((name) => name.endsWith(domain)));
}

function isAddress(name: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(name);
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
