import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism, hostname, networkInterfaces } from "node:os";
import type { Host } from "../model/fleet";
import type { MachineFacts } from "./env";

/** What the local plan needs to know of this machine. */
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

/** IPv4 addresses of this machine's interfaces, loopback included. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const running = all.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  return [...new Set([...running, ...localAddresses(routingTable())])];
}

/** Of Linux. Empty on other systems, and where the kernel hides it from this user. */
function routingTable(): string {
  try {
    return readFileSync("/proc/net/fib_trie", "utf8");
  } catch {
    return "";
  }
}

/** Includes interfaces without a carrier, such as an unplugged cable or a bridge without containers. */
export function localAddresses(fibTrie: string): string[] {
  return [...fibTrie.matchAll(/\|-- (\S+)\s+\/32 host LOCAL/g)].map(([, address]) => address as string);
}

/**
 * Address of the interface that the default route leaves by, else 127.0.0.1. Connecting a UDP socket makes the kernel
 * choose the route; nothing is sent. 198.51.100.1 is reserved for documents (RFC 5737), so no machine's own network has it.
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
