import type Dockerode from "dockerode";

/** Labels of every container that a simulator creates. */
export const labels = {
  /** The simulator's number. */
  simulator: "livekit-stack-simulator",
  /** `gateway`, `aws`, `acme`, `client`, `machine` or `cache`. */
  part: "livekit-stack-simulator-part",
  /** Random id that distinguishes the simulator from earlier and later simulators with the same number. */
  id: "livekit-stack-simulator-id",
} as const;

export type Part = "gateway" | "aws" | "acme" | "client" | "machine" | "cache" | "cable";

/** Docker engine and number of a simulator. */
export interface SimulatorSlot {
  readonly docker: Dockerode;
  /** Number that distinguishes the simulators on one Docker engine. */
  readonly number: number;
  /** Docker image of the simulator. */
  readonly image: string;
}

/** One simulator: its Docker engine, number and id. */
export interface SimulatorInstance extends SimulatorSlot {
  /** Random id of this simulator. */
  readonly id: string;
}

export function containerName({ number }: Pick<SimulatorSlot, "number">, name: string): string {
  return `livekit-simulator-${number}-${name}`;
}

export function labelsOf({ number, id }: Pick<SimulatorInstance, "number" | "id">, part: Part): Record<string, string> {
  return { [labels.simulator]: `${number}`, [labels.part]: part, [labels.id]: id };
}

/**
 * Lists a simulator's containers, including stopped ones. With an id, lists only those of the simulator with that id.
 */
export async function partsOf(
  docker: Dockerode,
  number: number,
  part?: Part,
  id?: string,
): Promise<Dockerode.ContainerInfo[]> {
  const wanted = [
    `${labels.simulator}=${number}`,
    ...(part ? [`${labels.part}=${part}`] : []),
    ...(id ? [`${labels.id}=${id}`] : []),
  ];
  return docker.listContainers({ all: true, filters: { label: wanted } });
}

/** Creates a container from the simulator's image. It has no network by default. */
export async function createPart(
  slot: SimulatorInstance,
  part: Part,
  name: string,
  command: readonly string[],
  hostConfig: Dockerode.HostConfig,
  more: Partial<Dockerode.ContainerCreateOptions> = {},
): Promise<Dockerode.Container> {
  return slot.docker.createContainer({
    name: containerName(slot, name),
    Image: slot.image,
    Cmd: [...command],
    Labels: labelsOf(slot, part),
    HostConfig: { Init: true, NetworkMode: "none", ...hostConfig },
    ...more,
  });
}
