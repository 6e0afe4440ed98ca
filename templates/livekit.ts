import { stringify } from "yaml";
import { admissionLimits } from "../model/capacity/admission";
import type { Fleet, FleetNode, LiveKitServer, MediaPorts } from "../model/fleet";
import { redisRow } from "../model/ports/internal";
import { configFolder } from "../model/service";
import { mergeOverrides } from "../model/settings/livekit-overrides";
import type { Secrets } from "../model/settings/secrets";
import { turnHosts, turnServers } from "../model/turn-servers";

/** User name that reads LiveKit's metrics. */
export const metricsUser = "node";

/** LiveKit's file with the CA certificates that verify an external Redis. */
export const redisCaFile = "redis-ca.pem";

/**
 * How long LiveKit retries a signalling message through Redis before it disconnects the client, which also drops its
 * media. LiveKit's default is 7.5 s, but an ElastiCache failover takes up to a minute. The time is limited because
 * unsent messages accumulate in memory.
 */
const signalRetryTimeout = "10m";

/**
 * Renders livekit.yaml for one server. The first API key signs webhooks; a second one is valid while keys rotate.
 * @param turnSecretFile path of the secret for TURN credentials, which the server reads only at start
 */
export function renderLivekit(
  fleet: Fleet,
  node: FleetNode,
  server: LiveKitServer,
  secrets: Secrets,
  turnSecretFile: string,
): string {
  const { settings } = fleet;
  const livekit = {
    port: server.apiPort,
    bind_addresses: [server.apiAddress],
    rtc: {
      ...mediaKeys(server.media),
      tcp_port: server.iceTcpPort ?? 0,
      node_ip: node.publicAddress,
      // Turns off discovery of the public address, because the address is known. Discovery needs outbound STUN and
      // takes seconds at start.
      use_external_ip: false,
      ...candidateKeys(node),
      turn_servers: turnKeys(fleet, node, turnSecretFile),
    },
    // Turns off LiveKit's embedded TURN server, which reads its certificate only once. Coturn serves TURN.
    turn: { enabled: false },
    redis: redisKeys(fleet, secrets),
    signal_relay: { retry_timeout: signalRetryTimeout },
    keys: Object.fromEntries(secrets.apiKeys.map(({ key, secret }) => [key, secret])),
    room: {
      auto_create: true,
      ...defined({
        max_participants: settings.room.maxParticipants,
        empty_timeout: settings.room.emptyTimeoutSeconds,
        departure_timeout: settings.room.departureTimeoutSeconds,
      }),
    },
    ...(settings.webhooks.urls && {
      webhook: { api_key: settings.webhooks.apiKey ?? secrets.apiKeys[0].key, urls: settings.webhooks.urls },
    }),
    ...limitKeys(node),
    logging: { level: "info", json: true },
    ...(node.region && { region: node.region }),
    ...selectorKeys(fleet),
    ...metricsKeys(server, secrets),
  };
  return stringify(mergeOverrides(livekit, settings.livekitOverrides));
}

/** Returns either the UDP mux or the port range. With both, LiveKit silently uses the range. */
function mediaKeys({ kind, first, last }: MediaPorts): object {
  if (kind === "range") return { port_range_start: first, port_range_end: last };
  return {
    udp_port: first === last ? first : `${first}-${last}`,
    batch_io: { batch_size: 128, max_flush_interval: "2ms" },
  };
}

/**
 * Limits ICE candidates to one IPv4 address per server. On the host network this excludes Docker's bridges and other
 * interfaces. On a bridge it excludes an IPv6 address of the container, which `node_ip` does not replace.
 */
function candidateKeys({ network, privateAddress }: FleetNode): object {
  if (network === "bridge") return { ips: { includes: ["0.0.0.0/0"] } };
  return {
    ips: { includes: [`${privateAddress}/32`] },
    ...(privateAddress.startsWith("127.") && { enable_loopback_candidate: true }),
  };
}

function turnKeys(fleet: Fleet, node: FleetNode, secretFile: string): object[] {
  const { turnTtlSeconds: ttl } = fleet.settings;
  const servers = turnServers(fleet, node, turnHosts(fleet, node));
  return servers.map(({ host, port, protocol }) => ({ host, port, protocol, secret_file: secretFile, ttl }));
}

function redisKeys({ settings, redis }: Fleet, { redisPassword: password }: Secrets): object {
  if (redis === undefined) return { address: `redis:${redisRow(settings).first}`, password };
  const { addresses, tls, username, db, ca, sentinel } = redis;
  return {
    ...(sentinel
      ? { sentinel_master_name: sentinel.master, sentinel_addresses: addresses }
      : { address: addresses[0] }),
    ...(sentinel?.auth && defined({ sentinel_username: username, sentinel_password: password })),
    ...defined({ username, password, db }),
    // LiveKit verifies the server's certificate against the host name in the address.
    ...(tls && { tls: { enabled: true, ...(ca !== undefined && { ca_cert_file: `${configFolder}/${redisCaFile}` }) } }),
  };
}

/**
 * Places a new room on the least busy node of the region nearest to the requested one. A LiveKit server does not start
 * if the list of regions lacks the server's own region.
 */
function selectorKeys({ regions }: Fleet): object {
  if (regions.length === 0) return {};
  return { node_selector: { kind: "regionaware", sort_by: "cpuload", regions } };
}

/**
 * Returns the admission limits. `livekit:livekitOverrides` can change them. Each server of a machine gets an equal
 * share of its vCPUs.
 */
function limitKeys({ vcpus, servers }: FleetNode): object {
  if (vcpus === undefined) return {};
  const { tracks, bytesPerSecond } = admissionLimits(vcpus / servers.length);
  return { limit: { num_tracks: tracks, bytes_per_sec: bytesPerSecond } };
}

function metricsKeys({ metricsPort }: LiveKitServer, { metricsPassword }: Secrets): object {
  if (metricsPort === undefined) return {};
  return { prometheus: { port: metricsPort, username: metricsUser, password: metricsPassword } };
}

function defined(values: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
