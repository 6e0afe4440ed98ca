import type Dockerode from "dockerode";
import { labels } from "../../packages/aws-simulator/network/parts";
import { locked } from "../../stacks/cache";

/** The first simulator number for rehearsals. Tests and manual runs use lower numbers. */
const firstNumber = 50;

/**
 * Starts a simulator with the first free number of this Docker engine. A lock keeps other processes from choosing the
 * same number.
 */
export function withFreeNumber<T>(docker: Dockerode, start: (number: number) => Promise<T>): Promise<T> {
  return locked("rehearsal-number", async () => {
    const steps = await docker.listContainers({ all: true, filters: { label: [labels.simulator] } });
    const taken = new Set(steps.map(({ Labels }) => Number(Labels[labels.simulator])));
    let number = firstNumber;
    while (taken.has(number)) number++;
    return start(number);
  });
}
