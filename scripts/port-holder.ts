import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type Dockerode from "dockerode";
import type { Protocol } from "../model/ports";

/** Processes by the port that they have, as `7880/tcp`: those that this user can see (Linux). */
export type PortHolders = ReadonlyMap<string, readonly number[]>;

export function portName(port: number, protocol: Protocol): string {
  return `${port}/${protocol}`;
}

/** Looks at every socket of every process once. */
export function findPortHolders(): PortHolders {
  const sockets = new Map([...boundSockets("tcp"), ...boundSockets("udp")]);
  const holders = new Map<string, number[]>();
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const held = list(`/proc/${pid}/fd`).map((fd) => sockets.get(linkOf(`/proc/${pid}/fd/${fd}`)));
    for (const port of new Set(held)) if (port) holders.set(port, [...(holders.get(port) ?? []), Number(pid)]);
  }
  return holders;
}

/** Who has a port in words: a container that publishes it, else a process. */
export async function describeHolder(name: string, holders: PortHolders, docker: Dockerode): Promise<string> {
  const [publisher] = await docker.listContainers({ filters: { publish: [name] } });
  if (publisher) return `container ${publisher.Names[0]?.slice(1)}`;
  const [pid] = holders.get(name) ?? [];
  const [command] = linesOf(`/proc/${pid}/comm`);
  return command ? `${command} (process ${pid})` : "another program on this machine";
}

/** Sockets bound to a port, by their link in /proc: listening ones for TCP (state 0A), unconnected ones for UDP (07). */
function boundSockets(protocol: Protocol): [link: string, port: string][] {
  const state = protocol === "tcp" ? "0A" : "07";
  return [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].flatMap((table) =>
    linesOf(table).flatMap((line): [string, string][] => {
      // sl, local_address, rem_address, st, queues, timer, retrnsmt, uid, timeout, inode: proc(5).
      const [, local, , st, , , , , , inode] = line.trim().split(/\s+/);
      const hexPort = local?.split(":").at(-1) ?? "";
      return st === state ? [[`socket:[${inode}]`, portName(Number.parseInt(hexPort, 16), protocol)]] : [];
    }),
  );
}

/** What can't be read is not this user's, has just ended, or is not there on this system. */
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
