import fc from "fast-check";
import { instanceTypes, internetMbps } from "../../../model/capacity/instances";
import { qualities, type RoomShape } from "../../../model/capacity/load";
import type { NodeLimits } from "../../../model/capacity/node";
import { efficiency } from "../../../model/capacity/processor";

/** Room shapes that a plan accepts. */
export const shapes: fc.Arbitrary<RoomShape> = fc
  .record({
    participants: fc.integer({ min: 2, max: 300 }),
    publishing: fc.double({ min: 0, max: 1, noNaN: true }),
    quality: fc.constantFrom(...qualities),
    turnShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ publishing, ...shape }) => ({
    ...shape,
    publishers: Math.max(1, Math.round(shape.participants * publishing)),
  }));

/** Limits of the instance types in the planner's table, and of custom machines. */
export const nodeLimits: fc.Arbitrary<NodeLimits> = fc.oneof(
  fc
    .constantFrom(...instanceTypes)
    .map((type) => ({ vcpus: type.vcpus, egressMbps: internetMbps(type), relayPorts: 5_000, turnUrls: 2 })),
  fc.record(
    {
      vcpus: fc.integer({ min: 1, max: 256 }),
      relayPorts: fc.integer({ min: 1, max: 10_000 }),
      turnUrls: fc.integer({ min: 1, max: 4 }),
      mediaPorts: fc.integer({ min: 2, max: 10_000 }),
    },
    { requiredKeys: ["vcpus", "relayPorts", "turnUrls"] },
  ),
);

export const efficiencies = fc.double({ min: efficiency.cautious, max: efficiency.best, noNaN: true });
