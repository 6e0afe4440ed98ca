import type Dockerode from "dockerode";

/** Labels of everything that a ground makes. */
export const labels = {
  /** The ground's number. */
  ground: "livekit-stack-ground",
  /** `gateway`, `aws`, `acme`, `client`, `machine` or `cache`. */
  part: "livekit-stack-ground-part",
  /** What tells it apart from another one that has, or had, its number. */
  id: "livekit-stack-ground-id",
} as const;

export type Part = "gateway" | "aws" | "acme" | "client" | "machine" | "cache" | "cable";

/** Where a ground's containers are made. */
export interface Site {
  readonly docker: Dockerode;
  /** Tells grounds on one engine apart. */
  readonly number: number;
  /** Name of the cloud image. */
  readonly image: string;
}

/** Where the containers of one ground are. */
export interface Plot extends Site {
  /** The ground's own, by chance. */
  readonly id: string;
}

export function containerName({ number }: Pick<Site, "number">, name: string): string {
  return `livekit-ground-${number}-${name}`;
}

export function labelsOf({ number, id }: Pick<Plot, "number" | "id">, part: Part): Record<string, string> {
  return { [labels.ground]: `${number}`, [labels.part]: part, [labels.id]: id };
}

/** Containers of a ground, those that have ended included; with an id, of that one of all that have had the number. */
export async function partsOf(
  docker: Dockerode,
  number: number,
  part?: Part,
  id?: string,
): Promise<Dockerode.ContainerInfo[]> {
  const wanted = [
    `${labels.ground}=${number}`,
    ...(part ? [`${labels.part}=${part}`] : []),
    ...(id ? [`${labels.id}=${id}`] : []),
  ];
  return docker.listContainers({ all: true, filters: { label: wanted } });
}

/** Makes a container of the cloud image; it has no network unless told to. */
export async function createPart(
  site: Plot,
  part: Part,
  name: string,
  command: readonly string[],
  hostConfig: Dockerode.HostConfig,
  more: Partial<Dockerode.ContainerCreateOptions> = {},
): Promise<Dockerode.Container> {
  return site.docker.createContainer({
    name: containerName(site, name),
    Image: site.image,
    Cmd: [...command],
    Labels: labelsOf(site, part),
    HostConfig: { Init: true, NetworkMode: "none", ...hostConfig },
    ...more,
  });
}
