import fc from "fast-check";
import { instanceType, instanceTypes, internetMbps } from "../../../model/capacity/instances";
import { qualities } from "../../../model/capacity/load";
import { largestRoom, type NodeLimits, nodesFor, roomsPerNode, tightest, useOf } from "../../../model/capacity/node";
import { efficiencies, nodeLimits, shapes } from "./arbitraries";

function limitsOf(name: string): NodeLimits {
  const type = instanceType(name);
  if (type === undefined) throw new Error(name);
  return { vcpus: type.vcpus, egressMbps: internetMbps(type), relayPorts: 5_000, turnUrls: 1 };
}

test.each([
  ["c7i.large", 2, 781], //       its baseline
  ["c7i.2xlarge", 8, 3125],
  ["c7i.4xlarge", 16, 5000], //   6250, limited to 5 Gbps to the internet below 32 vCPUs
  ["c6in.2xlarge", 8, 5000], //   12500, limited likewise
  ["c7i.8xlarge", 32, 6250], //   half of 12500 from 32 vCPUs on
  ["c7gn.8xlarge", 32, 50000], // half of 100000
  ["c7g.medium", 1, 520],
])("an instance of type %s has %i vCPU(s) and sends up to %i Mbps to the internet", (name, vcpus, mbps) => {
  expect(limitsOf(name)).toMatchObject({ vcpus, egressMbps: mbps });
});

test("instanceType returns undefined for an instance type that is not in the table", () => {
  expect(instanceType("t3.large")).toBeUndefined();
  expect(instanceType("c7i.metal-24xl")).toBeUndefined();
});

test("a larger instance type of a family never has less bandwidth", () => {
  for (const type of instanceTypes) {
    const family = type.name.split(".")[0];
    const larger = instanceTypes.filter(({ name, vcpus }) => name.split(".")[0] === family && vcpus >= type.vcpus);
    for (const each of larger) expect(each.baselineMbps).toBeGreaterThanOrEqual(type.baselineMbps);
  }
});

const meeting = { participants: 4, publishers: 4, quality: "720p", turnShare: 0 } as const;

test.each([
  // One room sends 12 x 242.714 = 2912.6 packets and 2.25 MB/s and receives 4 x 312.09 = 1248.4 packets: 0.03786 +
  // 0.0315 + 0.05842 = 0.12779 vCPUs. The plan uses 1.6 of 2 vCPUs: 12.5 rooms.
  ["processor", "c7i.large", meeting, 1, 12],
  ["processor", "c7i.large", meeting, 0.5, 6], // twice as much a room: 6.26
  // A room sends 18 Mbps, and 80% of 5 Gbps are 4,000 Mbps: the network carries 222.2 rooms. 16 vCPUs carry 100.2
  // rooms; 32 vCPUs would carry 200.3.
  ["processor", "c7i.4xlarge", meeting, 1, 100],
  // A webinar at 1080p with one publisher and 200 viewers sends 200 x 3 = 600 Mbps; 80% of 781 are 624.8. Its 200 x
  // 440.7 = 88,140 packets need 1.146 vCPUs, its 75 MB/s need 1.05 and its 581 received packets 0.027: 2.22 vCPUs. The
  // plan allows 1.6 x 1.25 = 2.
  ["processor", "c7i.large", { participants: 201, publishers: 1, quality: "1080p", turnShare: 0 }, 1.25, 0],
  // The same webinar with 100 viewers sends 300 Mbps. The network carries 2 rooms; the processor carries 4 vCPUs x 0.8
  // / 1.12 = 2.8 rooms.
  ["network", "c7i.large", { participants: 101, publishers: 1, quality: "1080p", turnShare: 0 }, 3, 2],
] as const)(
  "the bottleneck is the %s: a %s with rooms of shape %j and CPU efficiency %d carries %i rooms",
  (bottleneck, name, shape, efficiency, rooms) => {
    const limits = limitsOf(name);
    expect(tightest(useOf(shape, limits, efficiency))).toBe(bottleneck);
    expect(roomsPerNode(shape, limits, efficiency)).toBe(rooms);
  },
);

test.each([
  // A participant needs two relay ports for each URL. With one URL, 101 ports hold 50 participants in 12 rooms of 4.
  // With four URLs they hold 12 participants in 3 rooms.
  [101, 1, 12],
  [101, 4, 3],
  [12_768, 2, 798],
])(
  "%i relay ports with %i TURN URL(s) limit a node to %i rooms, even if no client uses the relay",
  (relayPorts, turnUrls, rooms) => {
    const limits = { vcpus: 1024, relayPorts, turnUrls };
    for (const turnShare of [0, 1]) {
      expect(tightest(useOf({ ...meeting, turnShare }, limits, 1))).toBe("relay ports");
      expect(roomsPerNode({ ...meeting, turnShare }, limits)).toBe(rooms);
    }
  },
);

test("with a media port range, each participant needs two ports, and the ports limit a node's rooms", () => {
  // 101 ports hold 50 participants: 12 rooms of 4.
  const limits = { vcpus: 64, relayPorts: 5_000, turnUrls: 1, mediaPorts: 101 };
  expect(roomsPerNode(meeting, limits)).toBe(12);
  expect(tightest(useOf(meeting, limits, 1))).toBe("media ports");
});

test.each([
  [0, 0],
  [1, 1],
  [12, 1],
  [13, 2],
  [100, 9], // 100 / 12 = 8.3
])("%i room(s) of 4 participants need %i node(s) of type c7i.large", (rooms, nodes) => {
  expect(nodesFor(rooms, meeting, limitsOf("c7i.large"))).toBe(nodes);
});

test("the calculated number of nodes is the smallest number that carries all rooms", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, efficiencies, fc.integer({ min: 1, max: 100_000 }), (shape, limits, by, rooms) => {
      const each = roomsPerNode(shape, limits, by);
      const nodes = nodesFor(rooms, shape, limits, by);
      if (each === 0) return expect(nodes).toBe(Number.POSITIVE_INFINITY);
      expect(nodes * each).toBeGreaterThanOrEqual(rooms);
      expect((nodes - 1) * each).toBeLessThan(rooms);
    }),
  );
});

test("more rooms, participants, publishers, relayed traffic or quality never need fewer nodes", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, efficiencies, fc.integer({ min: 1, max: 10_000 }), (shape, limits, by, rooms) => {
      const nodes = nodesFor(rooms, shape, limits, by);
      const { participants, publishers, quality, turnShare } = shape;
      // "audio" is the last of the list, so it wraps to 360p; the others go one quality up.
      const better = qualities[(qualities.indexOf(quality) + 1) % qualities.length] ?? quality;
      const heavier = [
        { ...shape, participants: participants + 1 },
        { ...shape, participants: participants + 1, publishers: publishers + 1 },
        { ...shape, turnShare: (1 + turnShare) / 2 },
        ...(quality === "1080p" ? [] : [{ ...shape, quality: better }]),
      ];
      for (const each of heavier) expect(nodesFor(rooms, each, limits, by)).toBeGreaterThanOrEqual(nodes);
      expect(nodesFor(rooms + 1, shape, limits, by)).toBeGreaterThanOrEqual(nodes);
    }),
  );
});

test("more efficient or larger nodes never increase the number of nodes", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, efficiencies, fc.integer({ min: 1, max: 10_000 }), (shape, limits, by, rooms) => {
      const nodes = nodesFor(rooms, shape, limits, by);
      const doubled = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, 2 * value]));
      expect(nodesFor(rooms, shape, doubled as unknown as NodeLimits, by)).toBeLessThanOrEqual(nodes);
      expect(nodesFor(rooms, shape, limits, by + 0.1)).toBeLessThanOrEqual(nodes);
    }),
  );
});

test("the calculated largest room fits on a node, and a room with one more participant does not", () => {
  fc.assert(
    fc.property(shapes, nodeLimits, efficiencies, ({ quality, turnShare }, limits, by) => {
      const fits = (participants: number) =>
        roomsPerNode({ quality, turnShare, participants, publishers: participants }, limits, by) > 0;
      const largest = largestRoom({ quality, turnShare }, limits, by);
      if (largest > 0) expect(fits(largest)).toBe(true);
      if (largest < 10_000) expect(fits(Math.max(1, largest) + 1)).toBe(false);
    }),
  );
});
