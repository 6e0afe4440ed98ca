import { isLoopback, isPrivateNetwork } from "../cidr";
import { browserRule, webCandidateRows } from "../ports/browser";
import { defaultRedisPort, internalPorts, monitoringPorts, redisRow } from "../ports/internal";
import {
  defaultPorts,
  formatPorts,
  overlap,
  type PortName,
  type PortRow,
  type PortTable,
  portCount,
  portNames,
  portTable,
} from "../ports/table";
import type { ConfigError } from "../user-error";
import { setCommand } from "./commands";
import { maxPort } from "./formats";
import type { Settings } from "./schema";

/** UDP ports that a participant takes with `mediaTransport: range` (observed with LiveKit 1.13). */
const rangePortsPerParticipant = 2;

const singlePorts: readonly PortName[] = ["api", "iceTcp", "iceUdp", "turn", "turnTls", "https"];

type RowName = PortName | "redis";
const rowNames: readonly RowName[] = [...portNames, "redis"];
type Rows = PortTable & { readonly redis: PortRow };

/** Validates the ports, each alone and against each other. */
export function portErrors(settings: Settings): ConfigError[] {
  const rows = rowsOf(settings);
  const inner = innerRows(settings);
  return [
    ...collisionErrors(rows, inner),
    ...singleErrors(rows),
    ...browserErrors(rows, inner),
    ...rangeErrors(settings, rows, inner),
  ];
}

/** Rejects ICE candidate ports that browsers ignore if the machine's address is private. */
export function candidateErrors(settings: Settings, address: string): ConfigError[] {
  if (!isPrivateNetwork(`${address}/32`) && !isLoopback(address)) return [];
  const rows = rowsOf(settings);
  const rule = `must be 1024 or higher: browsers send no media to ports 80 and 443 of ${address}, a private address`;
  return webCandidateRows(rows).map((name) => portError(name, rows, innerRows(settings), rule));
}

function rowsOf(settings: Settings): Rows {
  return { ...portTable(settings), redis: redisRow(settings) };
}

function collisionErrors(rows: Rows, inner: readonly PortRow[]): ConfigError[] {
  const own = rowNames.flatMap((a, i) =>
    rowNames
      .slice(i + 1)
      .filter((b) => overlap(rows[a], rows[b]))
      .map((b) => {
        const rule = `overlaps ${b === "redis" ? "Redis" : `livekit:ports.${b}`} (${formatPorts(rows[b])}) on one host`;
        return portError(a, rows, inner, rule);
      }),
  );
  const internal = rowNames.flatMap((name) =>
    inner
      .filter((row) => overlap(rows[name], row))
      .map((row) =>
        portError(name, rows, inner, `must not include ${row.first}: the node's own services use that port`),
      ),
  );
  return [...own, ...internal];
}

function singleErrors(rows: Rows): ConfigError[] {
  return singlePorts
    .filter((name) => portCount(rows[name]) > 1)
    .map((name) => ({
      key: keyOf(name),
      value: formatPorts(rows[name]),
      rule: "this key must be one port, not a range",
      fix: setPort(name, String(rows[name].first)),
    }));
}

function browserErrors(rows: Rows, inner: readonly PortRow[]): ConfigError[] {
  return portNames.flatMap((name) => {
    const rule = browserRule(name, rows[name]);
    return rule === undefined ? [] : [portError(name, rows, inner, rule)];
  });
}

function innerRows(settings: Settings): PortRow[] {
  return innerPorts(settings).map((port) => ({ ...redisRow(settings), first: port, last: port }));
}

/** Returns the ports that a node's services use among themselves on the host network. */
function innerPorts({ target, network, nodes, monitoring }: Settings): readonly number[] {
  const { livekitApi, livekitMetrics } = internalPorts;
  const { prometheus, nodeExporter, blackboxExporter, grafana, scrape } = monitoringPorts;
  if (target === "aws") return [livekitMetrics, ...(monitoring ? [scrape, nodeExporter] : [])];
  if (network === "bridge") return [];
  const servers = Array.from({ length: nodes }, (_, index) => index);
  return [
    ...(nodes > 1 || monitoring ? servers.map((index) => livekitApi + index) : []),
    ...(monitoring ? servers.map((index) => livekitMetrics + index) : []),
    ...(monitoring ? [prometheus, nodeExporter, blackboxExporter, grafana] : []),
  ];
}

/**
 * Rejects a media range that is too small for the expected load. Otherwise the stack would start, and reject calls
 * under load.
 */
function rangeErrors(settings: Settings, rows: Rows, inner: readonly PortRow[]): ConfigError[] {
  const { mediaTransport, expectedLoad, nodes } = settings;
  const ports = rows.media;
  const errors: ConfigError[] = [];
  if (portCount(ports) < nodes) {
    const rule = `must have at least one port for each of ${nodes} nodes`;
    errors.push(portError("media", rows, inner, rule, portCount(defaultPorts.media)));
  }
  const participants = (expectedLoad.rooms ?? 1) * (expectedLoad.participantsPerRoom ?? 0);
  const needed = participants * rangePortsPerParticipant;
  if (mediaTransport === "range" && portCount(ports) < needed) {
    errors.push({
      key: "livekit:ports.media",
      value: formatPorts(ports),
      rule: `the range must have at least ${needed} ports for the expected ${participants} participants: with livekit:mediaTransport range, each participant takes ${rangePortsPerParticipant} ports`,
      fix: "Remove this limit with: pulumi config set livekit:mediaTransport multiMux",
    });
  }
  return errors;
}

/** @param count number of ports to suggest. @default as many as the row has */
function portError(name: RowName, rows: Rows, inner: readonly PortRow[], rule: string, count?: number): ConfigError {
  const taken = [...Object.entries(rows).flatMap(([other, row]) => (other === name ? [] : [row])), ...inner];
  const start = name === "redis" ? defaultRedisPort : defaultPorts[name].first;
  return {
    key: keyOf(name),
    value: formatPorts(rows[name]),
    rule,
    fix: setPort(name, formatPorts(freeSpan(name, rows[name], start, taken, count))),
  };
}

/**
 * Returns a command that moves a row of the table, or Redis, to the next higher ports that the stack does not use. The
 * commands for different rows never suggest the same port, because a second stack on a machine must move all rows.
 */
export function movePort(name: RowName, settings: Settings): string {
  const rows = rowsOf(settings);
  const taken = [...Object.values(rows), ...innerRows(settings)];
  for (const each of rowNames) {
    const span = freeSpan(each, rows[each], rows[each].last + 1, taken);
    if (each === name) return setCommand(keyOf(name), formatPorts(span));
    taken.push(span);
  }
  throw new Error(`${name} is not a row of the port table`);
}

/** Returns ports that no other row has and no browser blocks. Searches from `start` upwards, then from 1024. */
function freeSpan(
  name: RowName,
  row: PortRow,
  start: number,
  taken: readonly PortRow[],
  count = portCount(row),
): PortRow {
  for (let offset = 0; offset < maxPort; offset++) {
    const first = start + offset <= maxPort ? start + offset : start + offset - maxPort + 1023;
    const span = { ...row, first, last: first + count - 1 };
    const isFree = span.last <= maxPort && !taken.some((other) => overlap(span, other));
    if (isFree && browserRule(name, span) === undefined) return span;
  }
  return row;
}

function keyOf(name: RowName): string {
  return name === "redis" ? "livekit:redis.port" : `livekit:ports.${name}`;
}

function setPort(name: RowName, ports: string): string {
  return `Set it with: ${setCommand(keyOf(name), ports)}`;
}
