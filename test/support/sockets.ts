import type { Protocol } from "../../model/ports/table";

/** A socket that accepts packets from any peer: a TCP listener, or an unconnected UDP socket. */
export interface OpenSocket {
  readonly protocol: Protocol;
  readonly loopback: boolean;
  readonly port: number;
  /** Bytes in the receive queue that the process has not read, including the kernel's overhead. */
  readonly unread: number;
}

/** Socket states in Linux's /proc/net: LISTEN for TCP, and the only state of UDP sockets without a peer. */
const openStates: Readonly<Record<Protocol, string>> = { tcp: "0A", udp: "07" };

const protocols = ["tcp", "udp"] as const;

/**
 * Returns the open sockets of processes, each in its own network namespace, from /proc.
 * @param shell a shell that can read the descriptors of every process
 */
export async function openSockets(
  pids: readonly number[],
  shell: (script: string) => Promise<string>,
): Promise<OpenSocket[]> {
  const lists = pids.map((pid) => {
    const tables = protocols.flatMap((protocol) => ["", "6"].map((version) => `${protocol}${version}`));
    // A descriptor or process may be gone before it is read, and has no sockets then.
    const print = tables.map((table) => `sed 's/^/${pid} ${table} /' /proc/${pid}/net/${table} 2>/dev/null || true`);
    return [`ls -l /proc/${pid}/fd 2>/dev/null | sed 's/^/${pid} fd /' || true`, ...print].join("; ");
  });
  const lines = (await shell(lists.join("; "))).split("\n");
  return pids.flatMap((pid) => {
    const of = (table: string) =>
      lines.filter((line) => line.startsWith(`${pid} ${table} `)).map((line) => line.trim().split(/\s+/).slice(2));
    const inodes = new Set(of("fd").flatMap((words) => /^socket:\[(\d+)\]$/.exec(words.at(-1) ?? "")?.[1] ?? []));
    return protocols.flatMap((protocol) =>
      [...of(protocol), ...of(`${protocol}6`)]
        .filter(([, , , state, , , , , , inode = ""]) => state === openStates[protocol] && inodes.has(inode))
        .map(([, local = "", , , queues = ""]) => parseSocket(protocol, local, queues)),
    );
  });
}

/** @param local such as `0100007F:0D96`, in 32-bit words of the machine's byte order */
function parseSocket(protocol: Protocol, local: string, queues: string): OpenSocket {
  const [address = "", port = ""] = local.split(":");
  return {
    protocol,
    loopback: /^[0-9A-F]{6}7F$|^0{24}01000000$|^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address),
    port: Number.parseInt(port, 16),
    unread: Number.parseInt(queues.split(":")[1] ?? "", 16),
  };
}
