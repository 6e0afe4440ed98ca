/** An entry of a WebRTC stats report, with the members used here. */
export interface Stat {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
  readonly protocol?: string;
  readonly relayProtocol?: string;
  /** Seconds. */
  readonly currentRoundTripTime?: number;
  readonly trackIdentifier?: string;
  /** 0 to 1. */
  readonly audioLevel?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
}

/** Cumulative counts since the connection began. */
export interface Totals {
  readonly atMilliseconds: number;
  /**
   * Distinct network paths of the media. There may be two, because a client may send and receive on separate
   * connections.
   */
  readonly paths: readonly string[];
  readonly roundTripMilliseconds?: number;
  readonly sent: Flow;
  readonly received: Flow;
  /** Audio level of each received track, 0 to 1, by track identifier. */
  readonly levels: ReadonlyMap<string, number>;
}

interface Flow {
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
}

/** Statistics of a connection, formatted for display. */
export interface Figures {
  readonly path: string;
  readonly roundTrip: string;
  readonly sending: string;
  readonly receiving: string;
  readonly loss: string;
}

/** Adds up the statistics of a participant's peer connections. */
export function total(reports: readonly Iterable<Stat>[], atMilliseconds: number): Totals {
  const connections = reports.map((report) => new Map([...report].map((stat) => [stat.id, stat])));
  const stats = connections.flatMap((connection) => [...connection.values()]);
  const pairs = connections.flatMap((connection) => selectedPair(connection) ?? []);
  const locals = connections.flatMap((connection) => localCandidate(connection) ?? []);
  const roundTrips = pairs.flatMap(({ currentRoundTripTime }) => currentRoundTripTime ?? []);
  const sum = (type: string, member: (stat: Stat) => number | undefined) =>
    stats.filter((stat) => stat.type === type).reduce((all, stat) => all + (member(stat) ?? 0), 0);
  return {
    atMilliseconds,
    paths: [...new Set(locals.map(pathOf))],
    ...(roundTrips.length > 0 && { roundTripMilliseconds: 1000 * Math.max(...roundTrips) }),
    sent: {
      bytes: sum("outbound-rtp", ({ bytesSent }) => bytesSent),
      packets: sum("outbound-rtp", ({ packetsSent }) => packetsSent),
      lost: sum("remote-inbound-rtp", ({ packetsLost }) => packetsLost),
    },
    received: {
      bytes: sum("inbound-rtp", ({ bytesReceived }) => bytesReceived),
      packets: sum("inbound-rtp", ({ packetsReceived }) => packetsReceived),
      lost: sum("inbound-rtp", ({ packetsLost }) => packetsLost),
    },
    levels: new Map(
      stats.flatMap(({ type, trackIdentifier, audioLevel }) =>
        type === "inbound-rtp" && trackIdentifier !== undefined ? [[trackIdentifier, audioLevel ?? 0]] : [],
      ),
    ),
  };
}

/** Returns the statistics for the time between two totals. */
export function figures(before: Totals, now: Totals): Figures {
  const seconds = (now.atMilliseconds - before.atMilliseconds) / 1000;
  return {
    path: now.paths.join(", ") || "none yet",
    roundTrip: now.roundTripMilliseconds === undefined ? "not measured yet" : milliseconds(now.roundTripMilliseconds),
    sending: rate(before.sent, now.sent, seconds),
    receiving: rate(before.received, now.received, seconds),
    loss: `${share(before.sent, now.sent)} out, ${share(before.received, now.received)} in`,
  };
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/**
 * Returns the selected candidate pair. Firefox marks the pair itself; other browsers name it in the transport's stats.
 */
function selectedPair(connection: ReadonlyMap<string, Stat>): Stat | undefined {
  const stats = [...connection.values()];
  const named = stats.find(({ selectedCandidatePairId }) => selectedCandidatePairId !== undefined);
  if (named?.selectedCandidatePairId !== undefined) return connection.get(named.selectedCandidatePairId);
  return stats.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
}

function localCandidate(connection: ReadonlyMap<string, Stat>): Stat | undefined {
  return connection.get(selectedPair(connection)?.localCandidateId ?? "");
}

/** Returns the network path's name, derived from the local candidate. The smoke test uses the same names. */
function pathOf({ candidateType, protocol, relayProtocol }: Stat): string {
  if (candidateType === "relay") return `TURN/${(relayProtocol ?? "unknown").toUpperCase()}`;
  return `direct ${(protocol ?? "unknown").toUpperCase()}`;
}

function rate(before: Flow, now: Flow, seconds: number): string {
  const kilobits = seconds > 0 ? Math.max(0, (8 * (now.bytes - before.bytes)) / 1000 / seconds) : 0;
  return kilobits < 1000 ? `${Math.round(kilobits)} kbit/s` : `${(kilobits / 1000).toFixed(1)} Mbit/s`;
}

/**
 * Returns the share of lost packets. A late packet lowers the cumulative loss, so a negative difference counts as 0.
 */
function share(before: Flow, now: Flow): string {
  const lost = Math.max(0, now.lost - before.lost);
  const all = now.packets - before.packets + lost;
  return `${(all > 0 ? (100 * lost) / all : 0).toFixed(1)} %`;
}
