import ipaddr from "ipaddr.js";
import { addresses } from "./state";

/**
 * The first address of a network that nobody has; by default of those that Elastic IPs are of, for `AllocateAddress` to ask
 * the simulated AWS for.
 * @throws where all are taken
 */
export function nextAddress(taken: readonly string[], network: string = addresses.elastic): string {
  const [base, length] = ipaddr.IPv4.parseCIDR(network);
  const first = base.octets.reduce((value, octet) => value * 256 + octet, 0);
  // The first and the last stand for the network and for all in it.
  for (let offset = 1; offset < 2 ** (32 - length) - 1; offset++) {
    const value = first + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
    if (!taken.includes(address)) return address;
  }
  throw new Error(`All addresses of ${network} are taken: release one of the ${taken.length} first`);
}
