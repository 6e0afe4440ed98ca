import { ICEServer } from "@livekit/protocol";
import {
  type CandidatePair,
  describePair,
  type IceEndpoint,
  pairError,
  selectedPairs,
} from "../../../scripts/smoke/pair";
import type { PathId } from "../../../scripts/smoke/paths";
import { allocations, logProves } from "../../../scripts/smoke/relay-log";
import { isOptional, parseTurnUrl, relayServers, testedRelays } from "../../../scripts/smoke/turn-url";
import { pathOf } from "./support";

const sfu: IceEndpoint = { type: "host", protocol: "udp", address: "192.0.2.7", port: 7882 };
const host: IceEndpoint = { type: "host", protocol: "udp", address: "192.0.2.9", port: 40000 };
const relayed = (relayProtocol: "udp" | "tcp", type: "relay" | "prflx" = "relay"): IceEndpoint => ({
  ...host,
  type,
  server: "turn:192.0.2.8:3478",
  relayProtocol,
});
const udpPair: CandidatePair = { local: host, remote: sfu };
const tcpPair: CandidatePair = {
  local: { ...host, type: "prflx", protocol: "tcp" },
  remote: { ...sfu, protocol: "tcp", port: 7881 },
};
const turnPair = (local: IceEndpoint): CandidatePair => ({ local, remote: sfu });

describe("the selected ICE candidate pair", () => {
  test.each<[PathId, CandidatePair]>([
    ["udp", udpPair],
    ["wss", udpPair],
    ["tcp", tcpPair],
    ["turn-udp", turnPair(relayed("udp"))],
    ["turn-tcp", turnPair(relayed("tcp"))],
    ["turn-tls", turnPair(relayed("tcp"))],
    ["turn-udp", turnPair(relayed("udp", "prflx"))],
  ])("proves path %s if the pair has the candidates of this path", (id, pair) => {
    expect(pairError(pathOf(id), [pair])).toBeUndefined();
  });

  test.each<[PathId, CandidatePair, string]>([
    ["tcp", udpPair, "ICE"],
    ["udp", tcpPair, "ICE"],
    ["udp", turnPair(relayed("udp")), "ICE"],
    ["turn-udp", udpPair, "relay"],
    ["turn-tcp", turnPair(relayed("udp")), "relay"],
    ["turn-tls", udpPair, "relay"],
    ["turn-udp", turnPair({ ...host, type: "prflx" }), "relay"],
  ])("does not prove path %s if the pair has the candidates of another path", (id, pair, layer) => {
    const error = pairError(pathOf(id), [pair]);
    expect(error).toMatchObject({ layer });
    expect(error?.message).toBe(`fell back to ${describePair(pair)} instead of ${pathOf(id).title}`);
  });

  test("fails the media path if one of several pairs belongs to another path, or if the pair is missing", () => {
    expect(pairError(pathOf("tcp"), [tcpPair, udpPair])).toMatchObject({ layer: "ICE" });
    expect(pairError(pathOf("tcp"), [])).toMatchObject({ layer: "ICE" });
  });

  test("is found among any number of pairs in the client's statistics", () => {
    const entry = (kind: string, id: string, value: object) => ({
      stats: { case: kind, value: { rtc: { id }, ...value } },
    });
    const stats = [
      entry("transport", "T", { transport: { selectedCandidatePairId: "P2" } }),
      entry("candidatePair", "P1", { candidatePair: { localCandidateId: "L1", remoteCandidateId: "R" } }),
      entry("candidatePair", "P2", { candidatePair: { localCandidateId: "L2", remoteCandidateId: "R" } }),
      entry("localCandidate", "L1", { candidate: { candidateType: 0, protocol: "udp", address: "a", port: 1 } }),
      entry("localCandidate", "L2", {
        candidate: { candidateType: 3, protocol: "udp", address: "b", port: 2, url: "turn:x", relayProtocol: 1 },
      }),
      entry("remoteCandidate", "R", { candidate: { candidateType: 0, protocol: "udp", address: "fd00::1", port: 3 } }),
    ];
    const session = { publisherStats: stats, subscriberStats: [] } as unknown as Parameters<typeof selectedPairs>[0];
    expect(selectedPairs(session).map(describePair)).toEqual(["relay over tcp b:2 -> udp host [fd00::1]:3"]);
  });
});

describe("Coturn's log", () => {
  const older = `3839: : session 000000000000000022: new, realm=<r>, username=<1795445475:PA_tls>, lifetime=600, cipher=ECDHE-ECDSA-AES256-GCM-SHA384, method=TLSv1.2
3837: : session 001000000000000018: new, realm=<r>, username=<1795445473:PA_plain>, lifetime=600
3837: : session 001000000000000018: refreshed, realm=<r>, username=<1795445473:PA_left>, lifetime=0`;
  const newer = `2026-11-23T11:33:50.4+0000 INFO allocation new, realm=<r>, username=<1795448025:PA_tls>, lifetime=600, cipher=TLS_AES_256_GCM_SHA384, method=TLSv1.3 (session 000000000000000007)
2026-11-23T11:33:35.3+0000 INFO allocation new, realm=<r>, username=<1795448015:PA_plain>, lifetime=600 (session 000000000000000001)
2026-11-23T11:33:35.3+0000 INFO realm <r> user <>: incoming packet message processed, error 401: Unauthorized (session 000000000000000002)`;

  test.each([
    ["4.6", older, "TLSv1.2"],
    ["4.18", newer, "TLSv1.3"],
  ])("of version %s lists the allocations of a participant with their TLS version", (_, log, tlsVersion) => {
    expect(allocations(log, "PA_tls")).toEqual([{ tlsVersion }]);
    expect(allocations(log, "PA_plain")).toEqual([{}]);
    expect(allocations(log, "PA_left")).toEqual([]);
    expect(allocations(log, "PA_pl")).toEqual([]);
  });

  test("proves TURN/TLS only by an allocation with TLS, and other TURN paths only by an allocation without TLS", () => {
    expect(logProves(pathOf("turn-tls"), newer, "PA_tls")).toBe(true);
    expect(logProves(pathOf("turn-tls"), newer, "PA_plain")).toBe(false);
    expect(logProves(pathOf("turn-tcp"), newer, "PA_plain")).toBe(true);
    expect(logProves(pathOf("turn-udp"), newer, "PA_tls")).toBe(false);
  });
});

describe("TURN addresses", () => {
  test.each([
    ["turn:turn.example.com:3478?transport=udp", { transport: "udp", host: "turn.example.com", port: 3478 }],
    ["turn:192.0.2.7?transport=tcp", { transport: "tcp", host: "192.0.2.7", port: 3478 }],
    ["turn:[2001:db8::1]:1", { transport: "udp", host: "2001:db8::1", port: 1 }],
    ["turns:turn.example.com:443?transport=tcp", { transport: "tls", host: "turn.example.com", port: 443 }],
    ["turns:turn.example.com", { transport: "tls", host: "turn.example.com", port: 5349 }],
    ["turns:turn.example.com:5349?transport=udp", undefined],
    ["stun:stun.example.com:3478", undefined],
  ])("are parsed from supported TURN URLs only: %s", (url, expected) => {
    expect(parseTurnUrl(url)).toEqual(expected);
  });

  test("are selected by transport from the ICE servers, with the credentials of their ICE server", () => {
    const offered = [
      new ICEServer({ urls: ["turn:a:1?transport=udp", "turn:a:1?transport=tcp"], username: "u", credential: "c" }),
      new ICEServer({ urls: ["turns:a:443", "turns:a:5349"], username: "v", credential: "d" }),
    ];
    expect(relayServers(offered, "tcp")).toEqual([
      { transport: "tcp", host: "a", port: 1, username: "u", credential: "c" },
    ]);
    expect(relayServers(offered, "tls").map(({ port }) => port)).toEqual([443, 5349]);
    expect(relayServers([], "udp")).toEqual([]);
  });

  describe("of a known stack", () => {
    const own = { tcp: 3478, tls: 5349 };
    const secret = { username: "u", credential: "c" };
    const udp = new ICEServer({ urls: ["turn:192.0.2.7:3478?transport=udp"], ...secret });
    const tls443 = new ICEServer({ urls: ["turns:turn.example.com:443?transport=tcp"], ...secret });
    const relay = (transport: string, host: string, port: number) => ({ transport, host, port, ...secret });

    test("include the stack's TCP and TLS ports, with the UDP URL's credentials, if LiveKit provides only a UDP URL", () => {
      expect(testedRelays([udp], "udp", own)).toEqual([relay("udp", "192.0.2.7", 3478)]);
      expect(testedRelays([udp], "tcp", own)).toEqual([relay("tcp", "192.0.2.7", 3478)]);
      expect(testedRelays([udp], "tls", own)).toEqual([relay("tls", "192.0.2.7", 5349)]);
    });

    test("include the host of LiveKit's TURN URL with port 443 and with the relay's own TLS port", () => {
      expect(testedRelays([udp, tls443], "tls", own)).toEqual([
        relay("tls", "turn.example.com", 443),
        relay("tls", "turn.example.com", 5349),
      ]);
    });

    test("contain no TCP address twice if LiveKit provides a UDP URL and a TCP URL", () => {
      const tcp = new ICEServer({ urls: ["turn:192.0.2.7:3478?transport=tcp"], ...secret });
      expect(testedRelays([udp, tcp], "tcp", own)).toEqual([relay("tcp", "192.0.2.7", 3478)]);
    });

    test("are empty if LiveKit provides no TURN URL, because credentials are missing", () => {
      expect(testedRelays([], "tls", own)).toEqual([]);
    });
  });

  test("of an unknown server come from its TURN URLs; the default ports are 5349 for TLS and the UDP URL's port for TCP", () => {
    const secret = { username: "u", credential: "c" };
    const udp = new ICEServer({ urls: ["turn:a:1?transport=udp"], ...secret });
    const tcp = new ICEServer({ urls: ["turn:a:2?transport=tcp"], ...secret });
    expect(testedRelays([udp], "tcp")).toEqual([{ transport: "tcp", host: "a", port: 1, ...secret }]);
    expect(testedRelays([udp], "tls")).toEqual([{ transport: "tls", host: "a", port: 5349, ...secret }]);
    expect(testedRelays([udp, tcp], "tcp")).toEqual([{ transport: "tcp", host: "a", port: 2, ...secret }]);
    expect(testedRelays([], "tcp")).toEqual([]);
  });

  test("for TCP and TLS are optional if a server that is not a known stack provides no URL for this transport", () => {
    const udp = new ICEServer({ urls: ["turn:a:1?transport=udp"] });
    const tcp = new ICEServer({ urls: ["turn:a:2?transport=tcp"] });
    expect([isOptional([udp], "tcp"), isOptional([], "tls")]).toEqual([true, true]);
    expect([isOptional([udp, tcp], "tcp"), isOptional([], "udp")]).toEqual([false, false]);
    expect(isOptional([udp], "tcp", { tcp: 3478, tls: 5349 })).toBe(false);
  });
});
