import ipaddr from "ipaddr.js";

/** A validated IPv4 network as text, such as `10.0.0.0/16`. */
export type Cidr = string;

/** Networks that are never routed on the internet: RFC 1918, and the shared address space of RFC 6598. */
export const privateNetworks: readonly Cidr[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

export function prefixLength(cidr: Cidr): number {
  return Number(cidr.split("/")[1]);
}

/** Returns the number of addresses in a network with this prefix length. */
export function addressCount(bits: number): number {
  return 2 ** (32 - bits);
}

/** Returns the address at an offset from a network's first one. */
export function addressAt(cidr: Cidr, offset: number): string {
  const [{ octets }] = ipaddr.IPv4.parseCIDR(cidr);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Buffer.from(octets).readUInt32BE() + offset);
  return bytes.join(".");
}

/** Reports whether two networks share an address. If they do, one contains the other. */
export function networksOverlap(a: Cidr, b: Cidr): boolean {
  return holds(a, b) || holds(b, a);
}

/** Reports whether the outer network contains the whole inner one. Accepts IPv4 and IPv6. */
export function holds(outer: Cidr, inner: Cidr): boolean {
  const network = ipaddr.parseCIDR(outer);
  const [address, bits] = ipaddr.parseCIDR(inner);
  return address.kind() === network[0].kind() && bits >= network[1] && address.match(network);
}

/** Reports whether the text is an IPv4 or IPv6 network. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

export function isPrivateNetwork(cidr: Cidr): boolean {
  return privateNetworks.some((network) => holds(network, cidr));
}

/** Reports whether the text is `localhost` or an IPv4 loopback address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.IPv4.isValidFourPartDecimal(host) && holds("127.0.0.0/8", `${host}/32`));
}

/** Reports whether the text is an IPv4 address that is routed on the internet. */
export function isPublicAddress(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host) && ipaddr.IPv4.parse(host).range() === "unicast";
}
