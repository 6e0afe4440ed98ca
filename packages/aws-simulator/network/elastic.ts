import ipaddr from "ipaddr.js";
import { addresses } from "./state";

/**
 * Returns the first free address of a network. The default is the network of Elastic IPs, so that `AllocateAddress` can
 * request a specific address from the simulated AWS.
 * @throws if all addresses are taken
 */
export function nextAddress(taken: readonly string[], network: string = addresses.elastic): string {
  const [base, length] = ipaddr.IPv4.parseCIDR(network);
  const first = base.octets.reduce((value, octet) => value * 256 + octet, 0);
  // The first and last addresses are the network and broadcast addresses.
  for (let offset = 1; offset < 2 ** (32 - length) - 1; offset++) {
    const value = first + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
    if (!taken.includes(address)) return address;
  }
  throw new Error(`All addresses of ${network} are taken: release one of the ${taken.length} first`);
}
