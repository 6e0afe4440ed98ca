import { figures, type Stat, total } from "../../../page/figures";

/** The stats, in the form of Chromium and Safari, of a connection whose media uses this local candidate. */
function connection(local: Partial<Stat>, ...counters: Partial<Stat>[]): Stat[] {
  return [
    { id: "T1", type: "transport", selectedCandidatePairId: "P2" },
    { id: "P1", type: "candidate-pair", localCandidateId: "L1", state: "succeeded", nominated: false },
    {
      id: "P2",
      type: "candidate-pair",
      localCandidateId: "L2",
      state: "succeeded",
      nominated: true,
      currentRoundTripTime: 0.0042,
    },
    { id: "L1", type: "local-candidate", candidateType: "host", protocol: "udp" },
    { id: "L2", type: "local-candidate", ...local },
    ...counters.map((counter, i) => ({ id: `C${i}`, type: "", ...counter })),
  ];
}

const none = total([], 0);

test.each<[Partial<Stat>, string]>([
  [{ candidateType: "host", protocol: "udp" }, "direct UDP"],
  [{ candidateType: "prflx", protocol: "udp" }, "direct UDP"],
  [{ candidateType: "host", protocol: "tcp" }, "direct TCP"],
  // A relay candidate is UDP, whatever protocol leads to the relay.
  [{ candidateType: "relay", protocol: "udp", relayProtocol: "udp" }, "TURN/UDP"],
  [{ candidateType: "relay", protocol: "udp", relayProtocol: "tcp" }, "TURN/TCP"],
  [{ candidateType: "relay", protocol: "udp", relayProtocol: "tls" }, "TURN/TLS"],
])("the media path of the local candidate %j is called %s", (local, path) => {
  expect(figures(none, total([connection(local)], 1000)).path).toBe(path);
});

test("if no candidate pair is selected, as in Firefox, the media path comes from the nominated pair that succeeded", () => {
  const stats = connection({ candidateType: "relay", relayProtocol: "tls" }).filter(({ type }) => type !== "transport");
  expect(total([stats], 0).paths).toEqual(["TURN/TLS"]);
});

test("lists the media path of each peer connection, and a shared path only once", () => {
  const udp = connection({ candidateType: "host", protocol: "udp" });
  const tcp = connection({ candidateType: "host", protocol: "tcp" });
  const unused: Stat[] = [{ id: "T1", type: "transport" }];
  expect(total([unused, udp, tcp], 0).paths).toEqual(["direct UDP", "direct TCP"]);
  expect(total([udp, udp], 0).paths).toEqual(["direct UDP"]);
});

test("calculates bit rates and packet loss between two samples over all tracks", () => {
  const at = (seconds: number, bytes: number, packets: number, lost: number) =>
    total(
      [
        connection(
          { candidateType: "host", protocol: "udp" },
          { type: "outbound-rtp", bytesSent: bytes, packetsSent: packets },
          { type: "outbound-rtp", bytesSent: bytes, packetsSent: packets },
          { type: "remote-inbound-rtp", packetsLost: lost },
          { type: "inbound-rtp", bytesReceived: bytes / 10, packetsReceived: packets, packetsLost: 0 },
        ),
      ],
      1000 * seconds,
    );
  expect(figures(at(10, 1_000_000, 1000, 7), at(12, 1_250_000, 1100, 11))).toEqual({
    path: "direct UDP",
    roundTrip: "4.2 ms",
    sending: "2.0 Mbit/s",
    receiving: "100 kbit/s",
    loss: "2.0 % out, 0.0 % in",
  });
});

test("the statistics of a new peer connection start at zero; without a connection, no path is reported", () => {
  const busy = { type: "inbound-rtp", bytesReceived: 1000, packetsReceived: 10, packetsLost: 5 };
  const local = { candidateType: "host", protocol: "udp" };
  expect(figures(total([connection(local, busy)], 0), total([connection(local)], 1000))).toMatchObject({
    receiving: "0 kbit/s",
    loss: "0.0 % out, 0.0 % in",
  });
  expect(figures(none, none)).toMatchObject({ path: "none yet", roundTrip: "not measured yet", sending: "0 kbit/s" });
});

test("reports the audio level of each received track", () => {
  const sound = { type: "inbound-rtp", trackIdentifier: "voice", audioLevel: 0.25 };
  const picture = { type: "inbound-rtp", trackIdentifier: "camera" };
  expect([...total([connection({}, sound, picture)], 0).levels]).toEqual([
    ["voice", 0.25],
    ["camera", 0],
  ]);
});
