import type { Path } from "./paths";

export type Sender = "client" | "server";

export interface Candidate {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly type: string;
  readonly tcpType?: string;
}

/** Parses `candidate:<foundation> <component> <protocol> <priority> <address> <port> typ <type> ...` (RFC 8839). */
export function parseCandidate(line: string): Candidate | undefined {
  const match =
    /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)(?: .*?\btcptype (\S+))?/i.exec(line);
  if (match === null) return undefined;
  const [, protocol = "", address = "", port, type = "", tcpType] = match;
  return { protocol: protocol.toLowerCase(), address, port: Number(port), type, ...(tcpType && { tcpType }) };
}

/**
 * Reports whether a candidate belongs to the path under test. Media over an admitted candidate can't take another path.
 */
export function admits(path: Path, sender: Sender, { protocol, type, tcpType }: Candidate): boolean {
  const relayed = type === "relay";
  if (path.relay !== undefined) return sender === "client" ? relayed : !relayed && protocol === "udp";
  if (relayed || protocol !== path.protocol) return false;
  return protocol === "udp" || sender === "client" || tcpType === "passive";
}

/** Removes candidate lines from a session description (SDP) unless `admitsLine` accepts them. */
export function filterSdp(sdp: string, admitsLine: (line: string) => boolean): string {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") || admitsLine(line))
    .join("\r\n");
}
