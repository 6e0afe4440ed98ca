import type { PortName, PortSpan, PortTable } from "./table";

/**
 * Ports that browsers block for HTTP, WebSocket and TCP candidates. Firefox blocks them for all of TURN and ICE. These
 * are the "bad ports" of the Fetch standard except 0 (https://fetch.spec.whatwg.org/#port-blocking; Node's fetch has
 * the same list). Chromium's kRestrictedPorts (net/base/port_util.cc) lack 4190 and 6679.
 */
// biome-ignore format: one table
export const blockedPorts: readonly number[] = [
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
  113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548,
  554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
  6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Rows whose ports LiveKit offers as ICE candidates. */
const candidateRows: readonly PortName[] = ["iceTcp", "iceUdp", "media"];
const mediaRows: readonly PortName[] = [...candidateRows, "turn", "turnTls"];
const browserRows: readonly PortName[] = [...mediaRows, "api", "https"];

/**
 * Explains why browsers can't use the ports of a row; undefined if they can. libwebrtc accepts candidates on 80, 443
 * and from 1024 (VerifyCandidate in p2p/base/ice_transport_internal.cc). It accepts TURN servers on these ports and on
 * 53 (TurnPort::AllowedTurnPort in p2p/base/turn_port.cc), but Firefox blocks 53.
 */
export function browserRule(name: string, { first, last }: PortSpan): string | undefined {
  const isOf = (rows: readonly string[]) => rows.includes(name);
  if (isOf(mediaRows) && first < 1024 && !(first === last && isWebPort(first))) {
    return "must be 80, 443 or at least 1024: browsers send no media to other ports";
  }
  const blocked = isOf(browserRows) ? blockedPorts.find((port) => first <= port && port <= last) : undefined;
  if (blocked === undefined) return undefined;
  return first === last
    ? "must not be a port that browsers block"
    : `must not include ${blocked}: browsers block that port`;
}

/**
 * Returns the candidate rows on 80 or 443. libwebrtc ignores such candidates if their address is private
 * (VerifyCandidate).
 */
export function webCandidateRows(ports: PortTable): PortName[] {
  return candidateRows.filter((name) => isWebPort(ports[name].first));
}

function isWebPort(port: number): boolean {
  return port === 80 || port === 443;
}
