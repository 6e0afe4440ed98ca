import type { Fleet, FleetNode, LiveKitServer } from "../model/fleet";
import { workerOpenFiles } from "../model/limits";
import { bindingKind, portsInUse } from "../model/ports/binding";
import { redisRow } from "../model/ports/internal";
import type { PortRow } from "../model/ports/table";
import { configFolder, dataVolumes, type Publication, type ServiceFile, type ServiceSpec } from "../model/service";
import { type CallPage, callPageServiceFiles } from "./call-page";
import { type CertificatePaths, otherSfus, renderCoturn, turnDatabase } from "./coturn";
import { lines } from "./emit";
import { redisCaFile, renderLivekit } from "./livekit";
import { livekitMemory, memoryLimit, memoryShares } from "./memory";
import { monitoring } from "./monitoring/services";
import { bindsAsRoot, renderNginx } from "./nginx";
import { file, quickStopSeconds, shell } from "./parts";
import { renderRedis } from "./redis";
import { livekitValidations, nginxValidation } from "./validation";

/** LiveKit's file with the secret for its TURN credentials. */
const turnSecretFile = "turn-secret";
/**
 * Coturn's file with every secret that it accepts, one per line. Only nodes whose Coturn keeps secrets in a database
 * have this file.
 */
const turnSecretsFile = "turn-secrets";
/**
 * Coturn's file with the address of every other node's SFU, one per line. Only nodes whose Coturn keeps secrets in a
 * database have this file.
 */
const turnPeersFile = "turn-peers";

const tls: CertificatePaths = { certificate: `${configFolder}/tls.crt`, key: `${configFolder}/tls.key` };

/**
 * Plans all services of one node, in start order.
 * @param callPage page for trying calls, which nginx serves beside LiveKit. @default none, because the page is only for
 * local stacks
 */
export function planServices(fleet: Fleet, node: FleetNode, callPage?: CallPage): ServiceSpec[] {
  return [
    ...(fleet.redis ? [] : [redis(fleet, node)]),
    coturn(fleet, node),
    ...node.servers.map((server) => livekit(fleet, node, server)),
    nginx(fleet, node, callPage),
    ...monitoring(fleet, node),
  ];
}

function redis(fleet: Fleet, node: FleetNode): ServiceSpec {
  const port = redisRow(fleet.settings).first;
  return {
    name: "livekit-redis",
    kind: "redis",
    aliases: ["redis"],
    entrypoint: ["redis-server"],
    command: [`${configFolder}/redis.conf`],
    user: "999:0",
    network: "bridge",
    publications: node.network === "host" ? [{ port, protocol: "tcp", address: "127.0.0.1" }] : [],
    hosts: [],
    capabilities: [],
    files: [
      file("redis.conf", ({ secrets }) => renderRedis(port, secrets.redisPassword)),
      file("password", ({ secrets }) => secrets.redisPassword),
    ],
    data: { volume: dataVolumes.redis, path: "/data" },
    // redis-cli gets the password from its environment, never from its arguments.
    healthCommand: shell(`REDISCLI_AUTH="$(cat ${configFolder}/password)" redis-cli -p ${port} ping | grep -q PONG`),
    stopGraceSeconds: quickStopSeconds,
  };
}

function coturn(fleet: Fleet, node: FleetNode): ServiceSpec {
  const { turn } = fleet.ports;
  const inDatabase = node.turnSecretStore === "database";
  const others = otherSfus(fleet, node);
  return {
    name: "coturn",
    kind: "coturn",
    aliases: ["coturn"],
    entrypoint: ["turnserver"],
    command: ["-c", `${configFolder}/turnserver.conf`],
    user: "65534:0",
    network: node.network,
    publications: publish(fleet, node, { kind: "coturn", name: "coturn" }),
    hosts: [],
    // The binary has this file capability. If the container's bounding set lacks it, the kernel does not start the
    // binary.
    capabilities: ["NET_BIND_SERVICE"],
    files: [
      file("turnserver.conf", ({ secrets }) => renderCoturn(fleet, node, secrets.turnSecrets, tls)),
      ...(inDatabase ? [file(turnSecretsFile, ({ secrets }) => lines(...secrets.turnSecrets))] : []),
      ...(inDatabase && others.length > 0 ? [file(turnPeersFile, () => lines(...others))] : []),
      ...certificateFiles,
    ],
    ...memoryLimit(node, memoryShares.coturn),
    ...(inDatabase && { data: { volume: dataVolumes.coturn, path: turnDatabase.folder } }),
    healthCommand: shell(`turnutils_stunclient -p ${turn.first} 127.0.0.1 | grep -q reflexive`),
    stopGraceSeconds: quickStopSeconds,
  };
}

function livekit(fleet: Fleet, node: FleetNode, server: LiveKitServer): ServiceSpec {
  const { changePolicy, drainTimeoutSeconds } = fleet.settings;
  const ca = fleet.redis?.ca;
  return {
    name: server.name,
    kind: "livekit",
    aliases: [server.name],
    entrypoint: ["/livekit-server"],
    command: ["--config", `${configFolder}/livekit.yaml`],
    user: "65532:0",
    network: node.network,
    publications: publish(fleet, node, { kind: "livekit", name: server.name }),
    hosts: node.network === "host" && !fleet.redis ? [{ name: "redis", address: "127.0.0.1" }] : [],
    capabilities: [],
    files: [
      file("livekit.yaml", ({ secrets }) =>
        renderLivekit(fleet, node, server, secrets, `${configFolder}/${turnSecretFile}`),
      ),
      // Ends without a line break, because LiveKit uses the whole file as one secret.
      file(turnSecretFile, ({ secrets }) => secrets.turnSecrets[0]),
      ...(ca ? [file(redisCaFile, () => ca)] : []),
    ],
    validations: livekitValidations(fleet),
    ...(node.caFile && { machineFiles: [node.caFile] }),
    ...livekitMemory(node),
    healthCommand: ["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${server.apiPort}/`],
    // LiveKit exits by itself after its last call ends. Docker's stop timeout limits the wait.
    stopGraceSeconds: changePolicy === "drain" ? drainTimeoutSeconds : quickStopSeconds,
  };
}

function nginx(fleet: Fleet, node: FleetNode, callPage?: CallPage): ServiceSpec {
  const { https } = fleet.ports;
  const asRoot = bindsAsRoot(fleet, node);
  return {
    name: "nginx",
    kind: "nginx",
    aliases: ["nginx"],
    entrypoint: ["nginx"],
    command: ["-c", `${configFolder}/nginx.conf`, "-g", "daemon off;"],
    user: asRoot ? "0:0" : "65534:0",
    network: node.network,
    publications: publish(fleet, node, { kind: "nginx", name: "nginx" }),
    hosts: [],
    capabilities: asRoot ? ["NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN"] : [],
    files: [
      file("nginx.conf", () => renderNginx(fleet, node, tls, callPage !== undefined)),
      ...certificateFiles,
      ...(callPage ? callPageServiceFiles(callPage) : []),
    ],
    validations: [nginxValidation(node)],
    openFiles: workerOpenFiles,
    ...memoryLimit(node, memoryShares.nginx),
    healthCommand: ["curl", "-fsk", "-o", "/dev/null", `https://127.0.0.1:${https.first}/`],
    stopGraceSeconds: quickStopSeconds,
  };
}

const certificateFiles: readonly ServiceFile[] = [
  file("tls.crt", ({ certificate }) => certificate.chain),
  file("tls.key", ({ certificate }) => certificate.key),
];

/** Returns the rows of the port table that a service of a node binds. */
export function portRows(fleet: Fleet, node: FleetNode, { kind, name }: Pick<ServiceSpec, "kind" | "name">): PortRow[] {
  const server = node.servers.find((each) => each.name === name);
  return portsInUse(fleet, node)
    .filter((row) => bindingKind(row, node) === kind)
    .filter((row) => row.name !== "iceTcp" || server?.iceTcpPort !== undefined)
    .filter((row) => !server || row.name !== server.media.row || row.first === server.media.first);
}

/**
 * Returns the ports that a bridged service publishes. Relay ports stay unpublished, because clients send media to the
 * TURN port and SFUs are on the same network.
 */
function publish(fleet: Fleet, node: FleetNode, spec: Pick<ServiceSpec, "kind" | "name">): Publication[] {
  if (node.network === "host") return [];
  const rows = portRows(fleet, node, spec).filter((row) => row.name !== "relay");
  return rows.flatMap(({ first, last, protocols }) =>
    protocols.flatMap((protocol) =>
      Array.from({ length: last - first + 1 }, (_, i): Publication => ({ port: first + i, protocol })),
    ),
  );
}
