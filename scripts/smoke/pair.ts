import type { Room } from "@livekit/rtc-node";
import { SmokeError } from "./error";
import type { Path } from "./paths";

type SessionStats = Awaited<ReturnType<Room["getRtcStats"]>>;
type RtcStats = SessionStats["publisherStats"][number];

export interface IceEndpoint {
  readonly type: (typeof candidateTypes)[number];
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  /** URL of the TURN server that the candidate came from. */
  readonly server?: string;
  readonly relayProtocol?: (typeof relayProtocols)[number];
}

/** The candidate pair that ICE has selected. */
export interface CandidatePair {
  readonly local: IceEndpoint;
  readonly remote: IceEndpoint;
}

/** Names of candidate types, in the order of the native client's enumeration. */
const candidateTypes = ["host", "srflx", "prflx", "relay"] as const;
const relayProtocols = ["udp", "tcp", "tls"] as const;

/** Returns the selected pair of each peer connection: one, or two if publisher and subscriber have separate ones. */
export function selectedPairs({ publisherStats, subscriberStats }: SessionStats): CandidatePair[] {
  return [publisherStats, subscriberStats].flatMap((stats) => selectedPair(stats) ?? []);
}

function selectedPair(stats: readonly RtcStats[]): CandidatePair | undefined {
  const values = stats.map((entry) => entry.stats);
  const transport = values.find((value) => value.case === "transport")?.value.transport;
  const pair = values
    .filter((value) => value.case === "candidatePair")
    .find(({ value }) => value.rtc?.id === transport?.selectedCandidatePairId)?.value.candidatePair;
  const endpoint = (kind: "localCandidate" | "remoteCandidate", id?: string): IceEndpoint | undefined => {
    const found = values.find((value) => value.case === kind && value.value.rtc?.id === id);
    return found?.case === kind ? toEndpoint(found.value.candidate) : undefined;
  };
  const local = endpoint("localCandidate", pair?.localCandidateId);
  const remote = endpoint("remoteCandidate", pair?.remoteCandidateId);
  return local && remote && { local, remote };
}

type CandidateStats = Extract<RtcStats["stats"], { case: "localCandidate" }>["value"]["candidate"];

function toEndpoint(candidate: CandidateStats): IceEndpoint {
  const { candidateType, protocol = "", address = "", port = 0, url, relayProtocol } = candidate ?? {};
  return {
    type: candidateTypes[candidateType ?? 0] ?? "host",
    protocol,
    address,
    port,
    ...(url && { server: url }),
    ...(url && relayProtocol !== undefined && { relayProtocol: relayProtocols[relayProtocol] }),
  };
}

/** Formats a pair. @example "relay over tcp 192.0.2.7:49160 -> udp host 192.0.2.7:7882" */
export function describePair({ local, remote }: CandidatePair): string {
  return `${describeEndpoint(local)} -> ${describeEndpoint(remote)}`;
}

function describeEndpoint({ type, protocol, address, port, relayProtocol }: IceEndpoint): string {
  const kind = relayProtocol === undefined ? `${protocol} ${type}` : `relay over ${relayProtocol}`;
  return `${kind} ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/**
 * Returns an error if a selected pair does not belong to the path, even if media flows. If NAT translates the relay's
 * address, a relayed candidate has type prflx, but still contains the URL of its TURN server.
 */
export function pairError(path: Path, pairs: readonly CandidatePair[]): SmokeError | undefined {
  const layer = path.relay === undefined ? "ICE" : "relay";
  if (pairs.length === 0) {
    return new SmokeError(layer, "no candidate pair is selected", "Report this: media flowed over an unknown path");
  }
  const stray = pairs.find((pair) => !belongs(path, pair));
  if (stray === undefined) return undefined;
  return new SmokeError(
    layer,
    `fell back to ${describePair(stray)} instead of ${path.title}`,
    "The path itself does not work: check its port and firewall rule",
  );
}

function belongs({ relay, protocol }: Path, { local, remote }: CandidatePair): boolean {
  if (relay === undefined) {
    return local.relayProtocol === undefined && [local, remote].every((end) => end.protocol === protocol);
  }
  const carrier = relay === "tls" ? "tcp" : relay;
  return local.relayProtocol === carrier && (local.type === "relay" || local.type === "prflx");
}
