import { gunzipSync, gzipSync } from "node:zlib";
import {
  ICEServer,
  JoinRequest,
  JoinResponse,
  ParticipantInfo,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  TrickleRequest,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import type { PathId } from "../../../scripts/smoke/paths";
import { SignallingFilter } from "../../../scripts/smoke/signalling";
import { lines, pathOf } from "./support";

const sdp = `v=0\r\na=${lines.udpHost}\r\na=${lines.tcpPassive}\r\na=${lines.relay}\r\n`;
const chosen = new ICEServer({ urls: ["turn:chosen"] });

function filterOf(id: PathId): SignallingFilter {
  return new SignallingFilter(pathOf(id), () => [chosen]);
}

function trickle(candidate: string): TrickleRequest {
  return new TrickleRequest({ candidateInit: JSON.stringify({ candidate, sdpMid: "0" }) });
}

function candidatesOf(message?: { value?: unknown }): string[] {
  const description = message?.value as SessionDescription;
  return description.sdp.split("\r\n").filter((line) => line.startsWith("a=candidate"));
}

test("the signalling filter replaces the ICE servers in the join response and records the participant's SID", () => {
  const filter = filterOf("turn-udp");
  const join = new JoinResponse({
    participant: new ParticipantInfo({ sid: "PA_one" }),
    iceServers: [new ICEServer({ urls: ["turn:offered"] })],
  });
  const passed = filter.fromServer(new SignalResponse({ message: { case: "join", value: join } }).toBinary());
  const { message } = SignalResponse.fromBinary(passed ?? new Uint8Array());
  expect(message.case === "join" && message.value.iceServers).toEqual([chosen]);
  expect(filter.participantSid).toBe("PA_one");
});

test.each(["offer", "answer"] as const)(
  "the signalling filter removes ICE candidates from an SDP %s in both directions",
  (kind) => {
    const filter = filterOf("tcp");
    const value = new SessionDescription({ type: kind, sdp });
    const fromServer = filter.fromServer(new SignalResponse({ message: { case: kind, value } }).toBinary());
    const fromClient = filter.fromClient(new SignalRequest({ message: { case: kind, value } }).toBinary());
    expect(candidatesOf(SignalResponse.fromBinary(fromServer ?? new Uint8Array()).message)).toEqual([
      `a=${lines.tcpPassive}`,
    ]);
    expect(candidatesOf(SignalRequest.fromBinary(fromClient ?? new Uint8Array()).message)).toEqual([
      `a=${lines.tcpPassive}`,
    ]);
  },
);

test("the signalling filter passes and records only the trickled ICE candidates that the tested path uses", () => {
  const filter = filterOf("turn-tcp");
  const fromClient = (line: string) =>
    filter.fromClient(new SignalRequest({ message: { case: "trickle", value: trickle(line) } }).toBinary());
  const fromServer = (line: string) =>
    filter.fromServer(new SignalResponse({ message: { case: "trickle", value: trickle(line) } }).toBinary());
  expect(fromClient(lines.udpHost)).toBeUndefined();
  expect(fromClient(lines.relay)).toBeDefined();
  expect(fromServer(lines.tcpPassive)).toBeUndefined();
  expect(fromServer(lines.udpHost)).toBeDefined();
  expect(filter.admitted.client).toHaveLength(1);
  expect(filter.admitted.server).toMatchObject([{ address: "192.0.2.7", port: 7882 }]);
});

test("the signalling filter passes messages without candidates unchanged", () => {
  const leave = new SignalRequest({ message: { case: "ping", value: 5n } }).toBinary();
  expect(filterOf("udp").fromClient(leave)).toEqual(leave);
});

test.each([
  ["plain", WrappedJoinRequest_Compression.NONE],
  ["compressed", WrappedJoinRequest_Compression.GZIP],
])(
  "the signalling filter removes ICE candidates from the %s offer in a join URL and keeps the URL's encoding",
  (_, compression) => {
    const zipped = compression === WrappedJoinRequest_Compression.GZIP;
    const join = new JoinRequest({ metadata: "kept", publisherOffer: new SessionDescription({ type: "offer", sdp }) });
    const bytes = join.toBinary();
    const wrapped = new WrappedJoinRequest({ compression, joinRequest: zipped ? gzipSync(bytes) : bytes });
    const url = new URL("ws://host/rtc/v1?other=1");
    url.searchParams.set("join_request", Buffer.from(wrapped.toBinary()).toString("base64url"));

    const filtered = filterOf("udp").joinUrl(url).searchParams;
    const packed = filtered.get("join_request") ?? "";
    expect(packed).toMatch(/^[\w-]+={0,2}$/);
    expect(packed.length % 4).toBe(0);
    const result = WrappedJoinRequest.fromBinary(Buffer.from(packed, "base64url"));
    expect(result.compression).toBe(compression);
    const read = JoinRequest.fromBinary(zipped ? gunzipSync(result.joinRequest) : result.joinRequest);
    expect(read.metadata).toBe("kept");
    expect(candidatesOf({ value: read.publisherOffer })).toEqual([`a=${lines.udpHost}`]);
    expect(filtered.get("other")).toBe("1");
  },
);
