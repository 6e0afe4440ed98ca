import ipaddr from "ipaddr.js";

/** Returns an address as a number, so that addresses of a network can be counted. */
export function addressNumber(address: string): number {
  return Buffer.from(ipaddr.IPv4.parse(address).octets).readUInt32BE();
}

/** Converts a number back to an address; inverse of {@link addressNumber}. */
export function addressOf(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes.join(".");
}

/** Returns the address at an offset from a network's first address. */
export function addressAt(cidr: string, offset: number): string {
  const [network] = ipaddr.IPv4.parseCIDR(cidr);
  return addressOf(addressNumber(`${network}`) + offset);
}

/** Reports whether the outer network contains the whole inner one. */
export function contains(outer: string, inner: string): boolean {
  const [address, length] = ipaddr.IPv4.parseCIDR(inner);
  const [network, prefix] = ipaddr.IPv4.parseCIDR(outer);
  return prefix <= length && address.match(network, prefix);
}
