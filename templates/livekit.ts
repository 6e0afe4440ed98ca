import { stringify } from "yaml";
import { admissionLimits } from "../model/capacity/admission";
import type { Fleet, FleetNode, LiveKitServer, MediaPorts } from "../model/fleet";
import { redisRow } from "../model/port-plan";
import { configFolder } from "../model/service";
import { mergeOverrides } from "../model/settings/livekit-overrides";
import type { Secrets } from "../model/settings/secrets";
import { turnHosts, turnServers } from "../model/turn-servers";

/** Who reads LiveKit's counters. */
export const metricsUser = "node";

/** LiveKit's file of the authorities that sign an external Redis' certificate. */
export const redisCaFile = "redis-ca.pem";

/**
 * Signalling goes through Redis. Where a message of it can't be sent for this long LiveKit hangs up, and its clients give
 * the media up as well: by its own default after 7.5 s, when ElastiCache takes up to a minute to have another node take over.
 * What is not sent piles up in memory meanwhile, so that it can't be for ever.
 */
const signalRetryTimeout = "10m";

/**
 * Renders livekit.yaml of one server. The first API key signs webhooks; a second is valid while keys rotate.
 * @param turnSecretFile where the server finds the secret that TURN credentials are made with; read at its start alone
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
      // The address is known: discovery would need outbound STUN and costs seconds at start.
      use_external_ip: false,
      ...candidateKeys(node),
      turn_servers: turnKeys(fleet, node, turnSecretFile),
    },
    // Coturn serves TURN: the embedded server reads its certificate only once.
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

/** Emits exactly one of mux and range: with both, the range silently wins. */
function mediaKeys({ kind, first, last }: MediaPorts): object {
  if (kind === "range") return { port_range_start: first, port_range_end: last };
  return {
    udp_port: first === last ? first : `${first}-${last}`,
    batch_io: { batch_size: 128, max_flush_interval: "2ms" },
  };
}

/**
 * One IPv4 address a server: on the machine's own network not Docker's bridges nor other interfaces, behind a bridge not
 * the IPv6 address that the engine may give a container, since `node_ip` stands for none.
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
    // The server's name is the address', and its certificate is checked.
    ...(tls && { tls: { enabled: true, ...(ca !== undefined && { ca_cert_file: `${configFolder}/${redisCaFile}` }) } }),
  };
}

/**
 * A new room goes to the least busy node of the region nearest to the one that was asked. A server whose own region is
 * not in the list does not start.
 */
function selectorKeys({ regions }: Fleet): object {
  if (regions.length === 0) return {};
  return { node_selector: { kind: "regionaware", sort_by: "cpuload", regions } };
}

/** `livekit:livekitOverrides` changes them. The servers of one machine share its processor. */
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
