import dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { RelayPorts } from "./turn-url";

/** What it takes to reach a server whose name or authority this machine does not know. */
export interface Reach {
  /** PEM of a private certificate authority. It replaces the public ones. */
  readonly ca?: string;
  /** Connects every name to this address, as when DNS does not know them (a laptop). Names are still verified. */
  readonly connectAddress?: string;
  /** The relay's ports, where the server is a stack of ours: it does not hand out all of their URLs. */
  readonly relayPorts?: RelayPorts;
}

/** Options for `http`, `https`, `tls` and `ws`. */
export function socketOptions({ ca, connectAddress }: Reach): { ca?: string; lookup: LookupFunction } {
  const lookup: LookupFunction = (hostname, options, callback) =>
    dns.lookup(connectAddress ?? hostname, options, callback);
  return { ...(ca !== undefined && { ca }), lookup };
}

/** The address that a name is reached at. */
export async function resolveHost(host: string, { connectAddress }: Reach): Promise<string> {
  if (isIP(host)) return host;
  const { address } = await dns.promises.lookup(connectAddress ?? host);
  return address;
}
