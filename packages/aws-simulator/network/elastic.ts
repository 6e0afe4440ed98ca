import ipaddr from "ipaddr.js";
import { addressNumber, addressOf } from "./ipv4";
import { addresses } from "./state";

/**
 * Returns the first free address of a network, by default of the network of Elastic IPs. `AllocateAddress` can request
 * this address from the simulated AWS.
 * @throws if all addresses are taken
 */
export function nextAddress(taken: readonly string[], network: string = addresses.elastic): string {
  const [base, length] = ipaddr.IPv4.parseCIDR(network);
  const first = addressNumber(`${base}`);
  // The first and last addresses are the network and broadcast addresses.
  for (let offset = 1; offset < 2 ** (32 - length) - 1; offset++) {
    const address = addressOf(first + offset);
    if (!taken.includes(address)) return address;
  }
  throw new Error(`All addresses of ${network} are taken: release one of the ${taken.length} first`);
}
