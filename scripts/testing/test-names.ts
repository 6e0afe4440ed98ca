/** Prefix of the containers, networks and volumes that tests create, before the number of the test's stack. */
export const testPrefix = "stack-test-";

/** Prefix of the temporary folders in which tests rehearse. */
export const rehearsalPrefix = "livekit-rehearsal-";

/** Numbers of simulated AWS accounts. `npm run rehearse` uses numbers from 50. */
export const simulatorNumbers = {
  machine: 11,
  "machine's twin": 12,
  bake: 13,
  follow: 14,
  balancer: 15,
  cache: 16,
  regions: 17,
  names: 18,
  node: 21,
  faults: 23,
  ec2: 32,
  "ec2 instance": 33,
  services: 35,
  documents: 36,
} as const;

export type SimulatorName = keyof typeof simulatorNumbers;
