import type Dockerode from "dockerode";

/** Labels of everything that a simulator makes. */
export const labels = {
  /** The simulator's number. */
  simulator: "livekit-stack-simulator",
  /** `gateway`, `aws`, `acme`, `client`, `machine` or `cache`. */
  part: "livekit-stack-simulator-part",
  /** What tells it apart from another one that has, or had, its number. */
  id: "livekit-stack-simulator-id",
} as const;

export type Part = "gateway" | "aws" | "acme" | "client" | "machine" | "cache" | "cable";

/** Where a simulator's containers are made. */
export interface SimulatorSlot {
  readonly docker: Dockerode;
  /** Tells simulators on one engine apart. */
  readonly number: number;
  /** Name of the simulator's image. */
  readonly image: string;
}

/** Where the containers of one simulator are. */
export interface SimulatorInstance extends SimulatorSlot {
  /** The simulator's own, by chance. */
  readonly id: string;
}

export function containerName({ number }: Pick<SimulatorSlot, "number">, name: string): string {
  return `livekit-simulator-${number}-${name}`;
}

export function labelsOf({ number, id }: Pick<SimulatorInstance, "number" | "id">, part: Part): Record<string, string> {
  return { [labels.simulator]: `${number}`, [labels.part]: part, [labels.id]: id };
}

/** Containers of a simulator, those that have ended included; with an id, of that one of all that have had the number. */
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

/** Makes a container of the simulator's image; it has no network unless told to. */
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
