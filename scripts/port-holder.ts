import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type Dockerode from "dockerode";
import type { Protocol } from "../model/ports";

/** Who has a port, as well as this user can see: a container that publishes it, else a process (Linux). */
export async function portHolder(port: number, protocol: Protocol, docker: Dockerode): Promise<string> {
  const [publisher] = await docker.listContainers({ filters: { publish: [`${port}/${protocol}`] } });
  if (publisher) return `container ${publisher.Names[0]?.slice(1)}`;
  return processAt(port, protocol) ?? "another program on this machine";
}

function processAt(port: number, protocol: Protocol): string | undefined {
  const links = new Set(inodes(port, protocol).map((inode) => `socket:[${inode}]`));
  const pid = list("/proc").find(
    (name) => /^\d+$/.test(name) && list(`/proc/${name}/fd`).some((fd) => links.has(linkOf(`/proc/${name}/fd/${fd}`))),
  );
  return pid && `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (process ${pid})`;
}

/** Sockets bound to the port: listening ones for TCP (state 0A), unconnected ones for UDP (07). */
function inodes(port: number, protocol: Protocol): string[] {
  const state = protocol === "tcp" ? "0A" : "07";
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].flatMap((table) =>
    linesOf(table).flatMap((line) => {
      // sl, local_address, rem_address, st, queues, timer, retrnsmt, uid, timeout, inode: proc(5).
      const [, local, , st, , , , , , inode] = line.trim().split(/\s+/);
      return local?.endsWith(`:${hexPort}`) && st === state && inode ? [inode] : [];
    }),
  );
}

/** What can't be read is not this user's, or not there on this system. */
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
