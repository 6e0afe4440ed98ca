import { gunzipSync, gzipSync } from "node:zlib";
import {
  type ICEServer,
  JoinRequest,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { admits, type Candidate, filterSdp, parseCandidate, type Sender } from "./candidates";
import type { Path } from "./paths";

/** Replaces the TURN servers that the server offers. May throw if the TURN server under test is missing. */
export type ChooseIceServers = (offered: readonly ICEServer[]) => ICEServer[];

/**
 * Restricts one participant's signalling to the path under test. In both directions it removes candidates and ICE
 * servers of other paths from LiveKit's messages: join request, join response, offer, answer and trickle.
 */
export class SignallingFilter {
  /** The participant's id, from the join response. LiveKit's TURN usernames end with it. */
  participantSid: string | undefined;
  /** The candidates that passed the filter, by sender. */
  readonly admitted: Readonly<Record<Sender, Candidate[]>> = { client: [], server: [] };

  constructor(
    private readonly path: Path,
    private readonly chooseIceServers: ChooseIceServers,
  ) {}

  /** Filters a message. @returns the message to forward, or undefined if nothing is left of it */
  fromServer(message: Uint8Array): Uint8Array | undefined {
    const response = SignalResponse.fromBinary(message);
    const { case: kind, value } = response.message;
    if (kind === "join") this.participantSid = value.participant?.sid;
    if (kind === "join" || kind === "reconnect") value.iceServers = this.chooseIceServers(value.iceServers);
    if (kind === "offer" || kind === "answer") value.sdp = this.filterSdp("server", value.sdp);
    if (kind === "trickle" && !this.admitsTrickle("server", value.candidateInit)) return undefined;
    return response.toBinary();
  }

  /** Filters a message. @returns the message to forward, or undefined if nothing is left of it */
  fromClient(message: Uint8Array): Uint8Array | undefined {
    const request = SignalRequest.fromBinary(message);
    const { case: kind, value } = request.message;
    if (kind === "offer" || kind === "answer") value.sdp = this.filterSdp("client", value.sdp);
    if (kind === "trickle" && !this.admitsTrickle("client", value.candidateInit)) return undefined;
    return request.toBinary();
  }

  /** Filters the offer in the URL of `/rtc/v1`. URLs of older endpoints contain no offer. */
  joinUrl(url: URL): URL {
    const wrapped = url.searchParams.get("join_request");
    if (wrapped === null) return url;
    const filtered = new URL(url);
    filtered.searchParams.set("join_request", this.filterJoinRequest(wrapped));
    return filtered;
  }

  /** Filters a join request. Keeps its compression: an uncompressed offer exceeds nginx's limit for a request line. */
  private filterJoinRequest(base64: string): string {
    const { compression, joinRequest } = WrappedJoinRequest.fromBinary(Buffer.from(base64, "base64url"));
    const zipped = compression === WrappedJoinRequest_Compression.GZIP;
    const join = JoinRequest.fromBinary(zipped ? gunzipSync(joinRequest) : joinRequest);
    if (join.publisherOffer) join.publisherOffer.sdp = this.filterSdp("client", join.publisherOffer.sdp);
    const bytes = join.toBinary();
    const wrapped = new WrappedJoinRequest({ compression, joinRequest: zipped ? gzipSync(bytes) : bytes });
    return base64UrlPadded(wrapped.toBinary());
  }

  private filterSdp(sender: Sender, sdp: string): string {
    return filterSdp(sdp, (line) => this.admits(sender, line));
  }

  private admitsTrickle(sender: Sender, candidateInit: string): boolean {
    const { candidate = "" } = JSON.parse(candidateInit) as { candidate?: string };
    return this.admits(sender, candidate);
  }

  /** Reports whether a candidate may pass. Rejects lines that can't be parsed. */
  private admits(sender: Sender, line: string): boolean {
    const candidate = parseCandidate(line);
    if (candidate === undefined || !admits(this.path, sender, candidate)) return false;
    this.admitted[sender].push(candidate);
    return true;
  }
}

/** Encodes URL-safe base64 with padding, which Go requires and Node.js omits. */
function base64UrlPadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
