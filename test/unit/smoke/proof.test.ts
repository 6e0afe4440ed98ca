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
  ])("proves %s by its own pair", (id, pair) => {
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
  ])("does not prove %s by another path's pair", (id, pair, layer) => {
    const error = pairError(pathOf(id), [pair]);
    expect(error).toMatchObject({ layer });
    expect(error?.message).toBe(`fell back to ${describePair(pair)} instead of ${pathOf(id).title}`);
  });

  test("fails the media path if the pair of any transport has another path, or if there is no pair", () => {
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
  ])("of version %s contains allocations and their TLS version", (_, log, tlsVersion) => {
    expect(allocations(log, "PA_tls")).toEqual([{ tlsVersion }]);
    expect(allocations(log, "PA_plain")).toEqual([{}]);
    expect(allocations(log, "PA_left")).toEqual([]);
    expect(allocations(log, "PA_pl")).toEqual([]);
  });

  test("proves TURN/TLS by TLS allocations only, and other paths by allocations without TLS", () => {
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
  ])("are parsed: %s", (url, expected) => {
    expect(parseTurnUrl(url)).toEqual(expected);
  });

  test("are selected by transport, with their credentials", () => {
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

  describe("of a known stack that hands out", () => {
    const own = { tcp: 3478, tls: 5349 };
    const secret = { username: "u", credential: "c" };
    const udp = new ICEServer({ urls: ["turn:192.0.2.7:3478?transport=udp"], ...secret });
    const tls443 = new ICEServer({ urls: ["turns:turn.example.com:443?transport=tcp"], ...secret });
    const relay = (transport: string, host: string, port: number) => ({ transport, host, port, ...secret });

    test("only UDP are tested for TCP and TLS on the stack's own ports with the credentials of UDP", () => {
      expect(testedRelays([udp], "udp", own)).toEqual([relay("udp", "192.0.2.7", 3478)]);
      expect(testedRelays([udp], "tcp", own)).toEqual([relay("tcp", "192.0.2.7", 3478)]);
      expect(testedRelays([udp], "tls", own)).toEqual([relay("tls", "192.0.2.7", 5349)]);
    });

    test("TLS on 443 too are tested for TLS on 443 and on the relay's own port, by the certificate's name", () => {
      expect(testedRelays([udp, tls443], "tls", own)).toEqual([
        relay("tls", "turn.example.com", 443),
        relay("tls", "turn.example.com", 5349),
      ]);
    });

    test("UDP and TCP are tested once each", () => {
      const tcp = new ICEServer({ urls: ["turn:192.0.2.7:3478?transport=tcp"], ...secret });
      expect(testedRelays([udp, tcp], "tcp", own)).toEqual([relay("tcp", "192.0.2.7", 3478)]);
    });

    test("none are not tested, because there are no credentials", () => {
      expect(testedRelays([], "tls", own)).toEqual([]);
    });
  });

  test("of a server that is not a known stack are those that it hands out, or else the default ports of its relay", () => {
    const secret = { username: "u", credential: "c" };
    const udp = new ICEServer({ urls: ["turn:a:1?transport=udp"], ...secret });
    const tcp = new ICEServer({ urls: ["turn:a:2?transport=tcp"], ...secret });
    expect(testedRelays([udp], "tcp")).toEqual([{ transport: "tcp", host: "a", port: 1, ...secret }]);
    expect(testedRelays([udp], "tls")).toEqual([{ transport: "tls", host: "a", port: 5349, ...secret }]);
    expect(testedRelays([udp, tcp], "tcp")).toEqual([{ transport: "tcp", host: "a", port: 2, ...secret }]);
    expect(testedRelays([], "tcp")).toEqual([]);
  });

  test("other than UDP are optional if a server that is not a known stack does not hand them out", () => {
    const udp = new ICEServer({ urls: ["turn:a:1?transport=udp"] });
    const tcp = new ICEServer({ urls: ["turn:a:2?transport=tcp"] });
    expect([isOptional([udp], "tcp"), isOptional([], "tls")]).toEqual([true, true]);
    expect([isOptional([udp, tcp], "tcp"), isOptional([], "udp")]).toEqual([false, false]);
    expect(isOptional([udp], "tcp", { tcp: 3478, tls: 5349 })).toBe(false);
  });
});
