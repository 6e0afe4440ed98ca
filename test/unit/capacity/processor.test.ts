import { roomTraffic } from "../../../model/capacity/load";
import { efficiency, mediaVcpus, sfuVcpus } from "../../../model/capacity/processor";

/** LiveKit's benchmark on 16 vCPUs: https://docs.livekit.io/transport/self-hosting/benchmark/ */
const benchmarkVcpus = 16;
const published = [
  { use: "large audio room", packetsIn: 305, packetsOut: 959_156, megabytesOut: 23, busy: 0.8 },
  { use: "large meeting", packetsIn: 51_068, packetsOut: 762_749, megabytesOut: 93, busy: 0.85 },
  { use: "livestream", packetsIn: 246, packetsOut: 560_962, megabytesOut: 531, busy: 0.92 },
];

test.each(published)(
  "for a $use, the estimate from published packets and bytes is within 0.01 of the published CPU utilization $busy",
  (row) => {
    const vcpus = sfuVcpus({
      packetsInPerSecond: row.packetsIn,
      packetsOutPerSecond: row.packetsOut,
      egressMbps: row.megabytesOut * 8,
    });
    // By hand: 13.0e-6 x packets out + 0.0140 x MB/s out + 46.8e-6 x packets in.
    //   audio       12.469 + 0.322 + 0.014 = 12.805 of 12.8
    //   meeting      9.916 + 1.302 + 2.390 = 13.608 of 13.6
    //   livestream   7.293 + 7.434 + 0.012 = 14.738 of 14.72
    expect(vcpus / benchmarkVcpus).toBeGreaterThan(row.busy - 0.01);
    expect(vcpus / benchmarkVcpus).toBeLessThan(row.busy + 0.01);
  },
);

/**
 * Compares the planner's estimate from a room's shape with the benchmark. The planner overestimates: it assumes that
 * participants publish audio beside video (50 packets a second at 40 kbps; the load tester sent 32 at 6 kbps). It also
 * assumes that each participant receives all others in full quality; the tester's meeting viewers received 5 Mbps each
 * instead of 149 times 1.5 Mbps.
 */
test.each([
  { use: "livestream", shape: { participants: 3001, publishers: 1, quality: "720p" }, of: 14.72, ratio: 1.18 },
  { use: "large audio room", shape: { participants: 3010, publishers: 10, quality: "audio" }, of: 12.8, ratio: 1.7 },
  { use: "large meeting", shape: { participants: 150, publishers: 150, quality: "720p" }, of: 13.6, ratio: 9.65 },
] as const)(
  "for a $use, the estimate from participants and quality is $ratio times the published CPU use",
  ({ shape, of, ratio }) => {
    const vcpus = mediaVcpus(roomTraffic({ ...shape, turnShare: 0 }));
    expect(vcpus / of).toBeGreaterThan(ratio - 0.05);
    expect(vcpus / of).toBeLessThan(ratio + 0.05);
  },
);

test("the published CPU use of a livestream is between the planner's best and cautious estimates", () => {
  const traffic = roomTraffic({ participants: 3001, publishers: 1, quality: "720p", turnShare: 0 });
  expect(mediaVcpus(traffic, efficiency.best)).toBeLessThan(14.72);
  expect(mediaVcpus(traffic, efficiency.cautious)).toBeGreaterThan(14.72);
});

test("the estimated CPU use of relaying 956 Mbps is the measured 65% of 4 vCPUs", () => {
  const nothing = { participants: 0, copies: 0, egressMbps: 0, ingestMbps: 0 };
  const traffic = { ...nothing, packetsOutPerSecond: 0, packetsInPerSecond: 0, relayedMbps: 956 };
  expect(mediaVcpus(traffic)).toBeCloseTo(2.6, 9);
});
