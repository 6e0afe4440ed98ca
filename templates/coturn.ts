import type { Fleet, FleetNode } from "../model/fleet";
import { perAddress } from "../model/limits";
import { turnUrlCount } from "../model/turn-servers";
import { lines, oneLine } from "./emit";

/**
 * TLS 1.2 cipher suites of Mozilla's intermediate profile. TLS 1.3 has separate cipher suites, which this list does not
 * affect.
 */
export const tlsCiphers = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Paths of the certificate and its key in the container. */
export interface CertificatePaths {
  readonly certificate: string;
  readonly key: string;
}

/** Path of Coturn's SQLite database if a volume holds it, so that it outlives the container. */
export const turnDatabase = { folder: "/var/lib/coturn", file: "turndb" } as const;

/** Peer connections of a client: browsers and native clients use one to publish and one to subscribe. */
const peerConnections = 2;

/**
 * Returns the limit of relay ports for one participant: three times the allocations of a client, because a client that
 * reconnects allocates ports again.
 */
export function userQuota(fleet: Fleet, node: FleetNode): number {
  return 3 * turnUrlCount(fleet, node) * peerConnections;
}

/**
 * Lifetime in seconds of an allocation that its client never refreshes. libwebrtc refreshes an allocation after half of
 * this time, with a request that contains no lifetime. Coturn 4.17 extends the allocation by 600 s for such a request
 * (`stun_adjust_allocate_lifetime`).
 */
const allocationSeconds = 120;

/**
 * Renders turnserver.conf. The relay allows only the fleet's SFUs as peers.
 * @param turnSecrets secrets that the relay accepts. The file has none if the node's Coturn reads them from a database.
 */
export function renderCoturn(
  fleet: Fleet,
  node: FleetNode,
  turnSecrets: readonly string[],
  tls: CertificatePaths,
): string {
  const { ports } = fleet;
  const allowed = ownSfus(fleet, node);
  const { relay } = ports;
  const setting = (name: string, value: string | number) => `${name}=${oneLine(value)}`;
  return lines(
    setting("listening-port", ports.turn.first),
    setting("tls-listening-port", ports.turnTls.first),
    addresses(node),
    setting("min-port", relay.first),
    setting("max-port", relay.last),
    setting("realm", node.turnRealm),
    "use-auth-secret",
    node.turnSecretStore === "file" ? turnSecrets.map((secret) => setting("static-auth-secret", secret)) : undefined,
    "fingerprint",
    setting("stale-nonce", 600),
    "# A forged source address can't have this relay flood its owner with refusals.",
    "unauthorized-ratelimit",
    setting("unauthorized-ratelimit-rps", perAddress.turnChallengesPerSecond),
    setting("max-allocate-lifetime", allocationSeconds),
    setting("user-quota", userQuota(fleet, node)),
    setting("total-quota", relay.last - relay.first + 1),
    "# What is not denied is allowed: deny everything, then allow the SFUs.",
    setting("denied-peer-ip", "0.0.0.0-255.255.255.255"),
    setting("denied-peer-ip", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    allowed.map((address) => setting("allowed-peer-ip", address)),
    allowed.some((address) => address.startsWith("127.")) ? "allow-loopback-peers" : undefined,
    "no-multicast-peers",
    "no-tcp-relay",
    setting("cert", tls.certificate),
    setting("pkey", tls.key),
    setting("cipher-list", tlsCiphers),
    "dtls",
    setting("userdb", `${node.turnSecretStore === "file" ? "/tmp" : turnDatabase.folder}/${turnDatabase.file}`),
    setting("pidfile", "/tmp/turnserver.pid"),
    setting("log-file", "stdout"),
    "# The smoke test reads which allocations were made.",
    "verbose",
  );
}

/** Returns the SFU addresses in turnserver.conf: the addresses of the relay's own machine. */
function ownSfus({ nodes, sfuAddresses }: Fleet, { publicAddress }: FleetNode): readonly string[] {
  return nodes.length === 1 ? sfuAddresses : [publicAddress];
}

/**
 * Returns the other nodes' SFU addresses. They are in Coturn's database, which Coturn rereads while it runs: adding or
 * removing a node interrupts no relay.
 */
export function otherSfus(fleet: Fleet, node: FleetNode): readonly string[] {
  const own = ownSfus(fleet, node);
  return fleet.sfuAddresses.filter((address) => !own.includes(address)).toSorted();
}

/**
 * Renders the relay's addresses. Docker assigns the address of a bridged relay, so the address is not known here. A
 * bridged relay listens on all addresses and advertises the machine's address.
 */
function addresses({ network, publicAddress, privateAddress }: FleetNode): string[] {
  if (network === "bridge") return [`external-ip=${publicAddress}`];
  return [
    ...new Set([`listening-ip=${privateAddress}`, "listening-ip=127.0.0.1"]),
    `relay-ip=${privateAddress}`,
    ...(publicAddress === privateAddress ? [] : [`external-ip=${publicAddress}/${privateAddress}`]),
  ];
}
