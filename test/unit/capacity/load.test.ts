import fc from "fast-check";
import { downlinkMbps, qualities, roomTraffic, times } from "../../../model/capacity/load";
import { shapes } from "./arbitraries";

const meeting = { participants: 4, publishers: 4, quality: "720p", turnShare: 0.1 } as const;

test.each([
  // Mbps table and formula of the original deployment: a participant receives (n-1) times the quality, the server sends
  // n(n-1).
  ["360p", 2, 0.54, 1.08], //   1 x 0.54,   2 x  1 x 0.54
  ["360p", 10, 4.86, 48.6], //  9 x 0.54,  10 x  9 x 0.54
  ["720p", 4, 4.5, 18], //      3 x 1.5,    4 x  3 x 1.5
  ["720p", 20, 28.5, 570], //  19 x 1.5,   20 x 19 x 1.5
  ["1080p", 6, 15, 90], //      5 x 3,      6 x  5 x 3
  ["audio", 50, 1.96, 98], //  49 x 0.04,  50 x 49 x 0.04
] as const)(
  "with quality %s and n = %i publishers, each publisher receives n - 1 streams and the server sends n(n - 1) streams",
  (quality, participants, down, egress) => {
    const shape = { quality, participants, publishers: participants, turnShare: 0 };
    expect(downlinkMbps(shape)).toBeCloseTo(down, 9);
    expect(roomTraffic(shape).egressMbps).toBeCloseTo(egress, 9);
  },
);

test("roomTraffic calculates packet rates, ingest and relayed traffic from a room's streams", () => {
  const { copies, packetsOutPerSecond, packetsInPerSecond, ingestMbps, relayedMbps } = roomTraffic(meeting);
  expect(copies).toBe(12);
  // Video is 1.5 - 0.04 = 1.46 Mbps = 182,500 B/s in packets of 947 B: 192.714 a second; audio is 50. Times 12 copies.
  expect(packetsOutPerSecond).toBeCloseTo(12 * (192.714 + 50), 1);
  // Simulcast: 1.36 times the video of four publishers.
  expect(packetsInPerSecond).toBeCloseTo(4 * (192.714 * 1.36 + 50), 1);
  expect(ingestMbps).toBeCloseTo(4 * (1.46 * 1.36 + 0.04), 9);
  // The relay carries a tenth of 18 Mbps out and 8.1024 Mbps in.
  expect(relayedMbps).toBeCloseTo(2.61024, 9);
});

test("in a webinar, the server sends each publisher's streams to all other participants", () => {
  const webinar = { participants: 101, publishers: 2, quality: "1080p", turnShare: 0 } as const;
  expect(roomTraffic(webinar).copies).toBe(200);
  // A viewer receives both publishers.
  expect(downlinkMbps(webinar)).toBe(6);
});

test("more participants, more publishers or a larger share of relayed traffic never reduce traffic", () => {
  fc.assert(
    fc.property(shapes, fc.constantFrom("participants", "publishers", "turnShare"), (shape, member) => {
      const more = { ...shape, [member]: member === "turnShare" ? 1 : shape[member] + 1 };
      const [before, after] = [
        roomTraffic(shape),
        roomTraffic({ ...more, participants: Math.max(more.participants, more.publishers) }),
      ];
      for (const name of Object.keys(before) as (keyof typeof before)[]) {
        expect(after[name]).toBeGreaterThanOrEqual(before[name]);
      }
    }),
  );
});

test("traffic grows in proportion to the number of rooms", () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 0, max: 1000 }), (shape, rooms) => {
      expect(times(roomTraffic(shape), rooms).egressMbps).toBeCloseTo(rooms * roomTraffic(shape).egressMbps, 6);
    }),
  );
});

test("the video qualities are 360p, 720p and 1080p, plus audio without video", () => {
  expect(qualities).toEqual(["360p", "720p", "1080p", "audio"]);
});
