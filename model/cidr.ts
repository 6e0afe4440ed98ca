import ipaddr from "ipaddr.js";

/** An IPv4 network as text, `10.0.0.0/16`, that its schema has found right. */
type Cidr = string;

/** Networks that are never routed on the internet: RFC 1918, and RFC 6598's shared space. */
export const privateNetworks: readonly Cidr[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Length of the network's prefix. */
export function prefixLength(cidr: Cidr): number {
  return Number(cidr.split("/")[1]);
}

/** How many addresses a network of this prefix has. */
export function addressCount(bits: number): number {
  return 2 ** (32 - bits);
}

/** Whether two networks share an address: then one of them holds the other. */
export function networksOverlap(a: Cidr, b: Cidr): boolean {
  return holds(a, b) || holds(b, a);
}

/** Whether every address of the inner network is one of the outer's; of IPv6 as well. */
export function holds(outer: Cidr, inner: Cidr): boolean {
  const network = ipaddr.parseCIDR(outer);
  const [address, bits] = ipaddr.parseCIDR(inner);
  return address.kind() === network[0].kind() && bits >= network[1] && address.match(network);
}

/** Whether the text is a network, of IPv4 or IPv6. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

/** Whether every address of the network is a private one. */
export function isPrivateNetwork(cidr: Cidr): boolean {
  return privateNetworks.some((network) => holds(network, cidr));
}

/** Whether the text is an IPv4 address on which only the machine itself answers. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.IPv4.isValidFourPartDecimal(host) && holds("127.0.0.0/8", `${host}/32`));
}

/** Whether the text is an IPv4 address that is routed on the internet. */
export function isPublicAddress(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host) && ipaddr.IPv4.parse(host).range() === "unicast";
}
