/**
 * Numbers of the stacks and simulators that test files run at the same time. Ports, networks and names derive from
 * them. Test files run in parallel, so each stack and each simulator has its own number.
 */

import { testPrefix } from "../../scripts/testing/test-names";

export { type SimulatorName, simulatorNumbers } from "../../scripts/testing/test-names";

/** Numbers of local stacks, and of services that run without one (see {@link ownSettings}). */
export const stackNumbers = {
  stack: 0,
  "never up": 1,
  faults: 2,
  "other folder": 3,
  rotation: 4,
  smoke: 5,
  browser: 6,
  shapes: 7,
  "secrets on AWS": 8,
  pins: 9,
  failure: 10,
  restore: 11,
  candidates: 12,
  redis: 13,
  render: 14,
  "empty machine": 15,
  "foreign address": 16,
  "idle sockets": 17,
} as const;

export type StackName = keyof typeof stackNumbers;

/** Returns settings whose name and ports no other test file and no developer's stack uses. */
export function ownSettings(name: StackName) {
  const number = stackNumbers[name];
  const range = (first: number) => `${first}-${first + 100}`;
  return {
    namePrefix: `${testPrefix}${number}`,
    ports: {
      api: 27880 + 10 * number,
      iceTcp: 27881 + 10 * number,
      iceUdp: 27882 + 10 * number,
      media: range(51000 + 400 * number),
      turn: 23478 + number,
      turnTls: 25349 + number,
      relay: range(51200 + 400 * number),
      https: 20443 + number,
    },
    redis: { port: 26379 + number },
  } as const;
}
