import ipaddr from "ipaddr.js";

/** Returns an address as a number, so that addresses of a network can be counted. */
export function addressNumber(address: string): number {
  return Buffer.from(ipaddr.IPv4.parse(address).octets).readUInt32BE();
}

/** Returns the address of a number. */
export function addressOf(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes.join(".");
}
