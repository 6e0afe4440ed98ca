import dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { RelayPorts } from "./turn-url";

/** How to reach a server if its name does not resolve, or its certificate authority is not trusted, on this machine. */
export interface Reach {
  /** PEM of a private certificate authority. It replaces the public CAs. */
  readonly ca?: string;
  /** Address to connect to for every name, for servers without DNS records. Certificates must still match the names. */
  readonly connectAddress?: string;
  /**
   * Ports of the relay, if the server is a stack of this project. The test then includes ports whose URLs the server
   * does not advertise.
   */
  readonly relayPorts?: RelayPorts;
}

/** Returns the options for `http`, `https`, `tls` and `ws`. */
export function socketOptions({ ca, connectAddress }: Reach): { ca?: string; lookup: LookupFunction } {
  const lookup: LookupFunction = (hostname, options, callback) =>
    dns.lookup(connectAddress ?? hostname, options, callback);
  return { ...(ca !== undefined && { ca }), lookup };
}

/** Returns the address to connect to for a name. */
export async function resolveHost(host: string, { connectAddress }: Reach): Promise<string> {
  if (isIP(host)) return host;
  const { address } = await dns.promises.lookup(connectAddress ?? host);
  return address;
}
