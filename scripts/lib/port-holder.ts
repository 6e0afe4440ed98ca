import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type Dockerode from "dockerode";
import type { Protocol } from "../../model/ports/table";

/**
 * Ids of the processes that use a port, by the port's name, such as `7880/tcp`. Only processes that this user can see,
 * and only on Linux.
 */
export type PortHolders = ReadonlyMap<string, readonly number[]>;

export function portName(port: number, protocol: Protocol): string {
  return `${port}/${protocol}`;
}

/** Reads every socket of every process once. */
export function findPortHolders(): PortHolders {
  const sockets = new Map([...boundSockets("tcp"), ...boundSockets("udp")]);
  const holders = new Map<string, number[]>();
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const held = list(`/proc/${pid}/fd`).map((fd) => sockets.get(linkOf(`/proc/${pid}/fd/${fd}`)));
    for (const port of new Set(held)) if (port) holders.set(port, [...(holders.get(port) ?? []), Number(pid)]);
  }
  return holders;
}

/** Describes a port's holder: a container that publishes it or has host networking, else a process. */
export async function describeHolder(name: string, holders: PortHolders, docker: Dockerode): Promise<string> {
  const running = await docker.listContainers();
  // Docker's filter `publish` compares the port inside the container, so this compares the public port itself.
  const publisher = running.find(({ Ports }) => Ports.some(({ PublicPort, Type }) => `${PublicPort}/${Type}` === name));
  if (publisher) return containerName(publisher);
  const pids = holders.get(name) ?? [];
  const onHost = running.filter(({ HostConfig }) => HostConfig.NetworkMode === "host");
  const mains = await Promise.all(onHost.map(({ Id }) => mainProcess(Id, docker)));
  const host = onHost.find((_, i) => mains[i] !== undefined && pids.includes(mains[i]));
  if (host) return containerName(host);
  const [pid] = pids;
  const [command] = linesOf(`/proc/${pid}/comm`);
  return command ? `${command} (process ${pid})` : "another program on this machine";
}

function containerName({ Names }: Dockerode.ContainerInfo): string {
  return `container ${Names[0]?.slice(1)}`;
}

/** Returns a container's main process; undefined if it has ended meanwhile. */
async function mainProcess(id: string, docker: Dockerode): Promise<number | undefined> {
  const found = await docker
    .getContainer(id)
    .inspect()
    .catch(() => undefined);
  return found?.State.Pid;
}

/**
 * Lists bound sockets by their link in /proc/PID/fd: TCP sockets that listen (state 0A), and UDP sockets that are not
 * connected (state 07).
 */
function boundSockets(protocol: Protocol): [link: string, port: string][] {
  const state = protocol === "tcp" ? "0A" : "07";
  return [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].flatMap((table) =>
    linesOf(table).flatMap((line): [string, string][] => {
      // Columns, from proc(5): sl, local_address, rem_address, st, queues, timer, retrnsmt, uid, timeout, inode.
      const [, local, , st, , , , , , inode] = line.trim().split(/\s+/);
      const hexPort = local?.split(":").at(-1) ?? "";
      return st === state ? [[`socket:[${inode}]`, portName(Number.parseInt(hexPort, 16), protocol)]] : [];
    }),
  );
}

/**
 * Reads from /proc. Returns `otherwise` if the process is another user's or has ended, or the system has no /proc.
 */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const list = (folder: string) => quietly(() => readdirSync(folder), []);
const linkOf = (path: string) => quietly(() => readlinkSync(path), "");
const linesOf = (path: string) => quietly(() => readFileSync(path, "utf8").split("\n"), []);
