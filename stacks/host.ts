import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism, hostname, networkInterfaces } from "node:os";
import type { Host } from "../model/fleet";
import type { MachineFacts } from "./env";

/** Returns the facts about this machine that the local plan needs. */
export async function findHost({ network, imageSource }: MachineFacts): Promise<Host> {
  return {
    address: await defaultRouteAddress(),
    addresses: ownAddresses(),
    cores: availableParallelism(),
    network: (network ?? (process.platform === "linux" ? "host" : "bridge")) === "host" ? "host" : "bridge",
    imageSource: imageSource === "build" ? "build" : "registry",
    hostName: hostname().toLowerCase(),
  };
}

/** Returns the IPv4 addresses of this machine's interfaces, including loopback. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const running = all.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  return [...new Set([...running, ...localAddresses(routingTable())])];
}

/** Returns Linux' routing table. Empty on other systems, or if the user may not read the table. */
function routingTable(): string {
  try {
    return readFileSync("/proc/net/fib_trie", "utf8");
  } catch {
    return "";
  }
}

/** Returns a routing table's local addresses, also of interfaces without a carrier (unplugged cable, empty bridge). */
export function localAddresses(fibTrie: string): string[] {
  return [...fibTrie.matchAll(/\|-- (\S+)\s+\/32 host LOCAL/g)].map(([, address]) => address as string);
}

/**
 * Returns the address of the default route's interface, or 127.0.0.1. Connecting a UDP socket makes the kernel choose a
 * route without sending a packet. 198.51.100.1 is reserved for documentation (RFC 5737), so it is in no local network.
 */
async function defaultRouteAddress(): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.connect(9, "198.51.100.1");
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    return "127.0.0.1";
  } finally {
    socket.close();
  }
}
