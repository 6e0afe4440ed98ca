import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Protocol } from "../../model/ports";

/** A socket that waits for anyone: a TCP listener, or an unconnected UDP socket. */
export interface OpenSocket {
  readonly protocol: Protocol;
  readonly loopback: boolean;
  readonly port: number;
  /** Bytes, with the kernel's own, that came and that the process has not read. */
  readonly unread: number;
}

/** Linux's states in /proc/net: LISTEN of TCP, and UDP's only one without a peer. */
const openStates: Readonly<Record<Protocol, string>> = { tcp: "0A", udp: "07" };

/** The open sockets of a process, in its own network, from /proc. */
export function openSockets(pid: number): OpenSocket[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(pid, fd))?.[1] ?? []),
  );
  return (["tcp", "udp"] as const).flatMap((protocol) =>
    ["", "6"].flatMap((version) =>
      readFileSync(`/proc/${pid}/net/${protocol}${version}`, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode = ""]) => state === openStates[protocol] && inodes.has(inode))
        .map(([, local = "", , , queues = ""]) => parseSocket(protocol, local, queues)),
    ),
  );
}

/** @param local such as `0100007F:0D96`, of 32-bit words in the machine's own byte order */
function parseSocket(protocol: Protocol, local: string, queues: string): OpenSocket {
  const [address = "", port = ""] = local.split(":");
  return {
    protocol,
    loopback: /^[0-9A-F]{6}7F$|^0{24}01000000$|^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address),
    port: Number.parseInt(port, 16),
    unread: Number.parseInt(queues.split(":")[1] ?? "", 16),
  };
}

/** A descriptor may be gone before it is looked at. */
function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "";
  }
}
