import type Dockerode from "dockerode";
import { labels } from "../../packages/aws-simulator/network/parts";
import { locked } from "../toolchain/cache";

/** Simulators of rehearsals; tests and trials by hand have lower numbers. */
const firstNumber = 50;

/** Takes the first number that no simulator of this engine has, and starts what will hold it before anybody else looks. */
export function withFreeNumber<T>(docker: Dockerode, start: (number: number) => Promise<T>): Promise<T> {
  return locked("rehearsal-number", async () => {
    const steps = await docker.listContainers({ all: true, filters: { label: [labels.simulator] } });
    const taken = new Set(steps.map(({ Labels }) => Number(Labels[labels.simulator])));
    let number = firstNumber;
    while (taken.has(number)) number++;
    return start(number);
  });
}
