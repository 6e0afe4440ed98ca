import fc from "fast-check";
import { assess, type Site, shareOf } from "../../../model/capacity/assess";
import { capErrors, cheapestFor, fitErrors, instanceErrors } from "../../../model/capacity/fit";

const shape = { participants: 4, publishers: 4, quality: "720p", turnShare: 0 } as const;
const source = { participants: "--participants" };

/**
 * A c7i.large node. It carries 12.5 rooms of four as expected, 6.3 by the cautious estimate and 15.7 at best (see
 * node.test.ts).
 */
function site(nodes: number, name = "eu-central-1", index = 0): Site {
  const limits = { vcpus: 2, egressMbps: 781, relayPorts: 5_000, turnUrls: 1 };
  return { name, kind: "c7i.large", limits, nodes, key: `livekit:regions[${index}]` };
}

test.each([
  // 10 rooms: 2 nodes by the cautious estimate (10 / 6), 1 as expected (10 / 12).
  [1, 6, "ample", { cautious: 1, expected: 1, best: 1 }],
  [1, 10, "likely", { cautious: 2, expected: 1, best: 1 }],
  [1, 13, "short", { cautious: 3, expected: 2, best: 1 }],
  [2, 13, "likely", { cautious: 3, expected: 2, best: 1 }],
  [3, 13, "ample", { cautious: 3, expected: 2, best: 1 }],
] as const)("with %i node(s) for %i rooms, the reported headroom is %s", (nodes, rooms, headroom, nodesNeeded) => {
  const { sites, ...rest } = assess([site(nodes)], { rooms, shape });
  expect(rest.headroom).toBe(headroom);
  expect(sites[0]).toMatchObject({ rooms, roomsPerNode: { cautious: 6, expected: 12, best: 15 }, nodesNeeded });
});

test("without an expected load, the assessment reports capacity but no headroom", () => {
  const assessment = assess([site(1)], { shape });
  expect(assessment.headroom).toBeUndefined();
  expect(assessment.total).toBeUndefined();
  expect(assessment.sites[0]?.nodesNeeded).toBeUndefined();
  expect(assessment.byQuality.map(({ quality }) => quality)).toEqual(["360p", "720p", "1080p", "audio"]);
});

test("the relay's ports are the bottleneck if every browser allocates relay ports", () => {
  // 101 / (4 URLs x 2 connections) = 12.6 participants: 3 rooms of four. The processor would carry 12 rooms.
  const narrow = { ...site(1), limits: { ...site(1).limits, relayPorts: 101, turnUrls: 4 } };
  const [report] = assess([narrow], { shape, rooms: 4 }).sites;
  expect(report).toMatchObject({
    bottleneck: "relay ports",
    roomsPerNode: { expected: 3 },
    nodesNeeded: { expected: 2 },
  });
});

test("rooms are distributed to regions in proportion to the number of nodes", () => {
  const sites = [site(3), site(1, "us-east-1", 1)];
  expect(sites.map((each) => shareOf(10, each, sites))).toEqual([8, 3]); // 7.5 and 2.5, rounded up
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 8 }),
      fc.nat(9999),
      (nodes, rooms) => {
        const all = nodes.map((count, i) => site(count, `region ${i}`, i));
        const shares = all.map((each) => shareOf(rooms, each, all));
        expect(shares.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(rooms);
        for (const [i, each] of all.entries()) {
          expect(shareOf(rooms + 1, each, all)).toBeGreaterThanOrEqual(shares[i] ?? 0);
        }
      },
    ),
  );
});

test("the assessment rejects a room that fits no node, and suggests an instance type that carries the room", () => {
  // The room sends 40 x 39 copies of 242.7 packets and 0.1875 MB a second, and receives 12,484 packets a second: 4.922
  // + 4.095 + 0.584 = 9.6 vCPUs. The smallest sufficient size has 16 vCPUs. The plan uses 80% of them, 12.8. The
  // cheapest type with 16 vCPUs belongs to the c6i family.
  const load = { rooms: 1, shape: { ...shape, participants: 40, publishers: 40 } };
  const [error, ...others] = fitErrors(assess([site(1)], load).sites, load, source);
  expect(others).toEqual([]);
  expect(error).toMatchObject({ key: "--participants", value: 40 });
  expect(error?.rule).toContain("needs about 9.6 vCPUs, more than a node of eu-central-1 (c7i.large)");
  expect(error?.fix).toBe(
    "Use a c6i.4xlarge with: pulumi config set --path 'livekit:regions[0].instanceType' c6i.4xlarge",
  );
});

test("the assessment suggests the cheapest sufficient instance type with the node's processor architecture", () => {
  const large = { ...shape, participants: 40, publishers: 40 };
  expect(cheapestFor(large, "c7i.large")).toBe("c6i.4xlarge");
  expect(cheapestFor(large, "c7g.large")).toBe("c6g.4xlarge");
  expect(cheapestFor(shape, "c7g.large")).toBe("c6g.medium");
});

test("the assessment suggests a smaller load if neither an instance type nor this machine carries the room", () => {
  const load = { rooms: 1, shape: { ...shape, participants: 2000, publishers: 2000 } };
  expect(fitErrors(assess([site(1)], load).sites, load, source)[0]?.fix).toMatch(/^No instance type .*--publishers/);
  const { key: _, ...machine } = site(1);
  expect(fitErrors(assess([machine], load).sites, load, source)[0]?.fix).toMatch(/^On this machine, plan fewer/);
});

test("the assessment suggests a larger port range if ports are the bottleneck", () => {
  const load = { rooms: 1, shape: { ...shape, participants: 30, publishers: 1, turnShare: 1 } };
  const limits = { vcpus: 64, relayPorts: 50, turnUrls: 2 };
  const relay = fitErrors(assess([{ ...site(1), limits }], load).sites, load, source)[0];
  expect(relay?.rule).toContain("two ports of livekit:ports.relay");
  expect(relay?.fix).toBe("Widen the range with: pulumi config set --path livekit:ports.relay 20000-20119");
  const range = { vcpus: 64, relayPorts: 5000, turnUrls: 2, mediaPorts: 50 };
  expect(fitErrors(assess([{ ...site(1), limits: range }], load).sites, load, source)[0]?.fix).toContain("multiMux");
});

test("the assessment rejects a room with more participants than livekit:room.maxParticipants", () => {
  expect(capErrors({ maxParticipants: 3 }, { shape }, source)).toMatchObject([{ key: "--participants", value: 4 }]);
  // LiveKit reads 0 as unlimited.
  for (const room of [{}, { maxParticipants: 0 }, { maxParticipants: 4 }]) {
    expect(capErrors(room, { shape }, source)).toEqual([]);
  }
});

test("the error for an instance type with unknown network bandwidth names the setting's key", () => {
  const regions = [{ instanceType: "c7i.large" }, { instanceType: "t3.large" }];
  expect(instanceErrors(regions)).toMatchObject([{ key: "livekit:regions[1].instanceType", value: "t3.large" }]);
});
