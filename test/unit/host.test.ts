import { createSocket } from "node:dgram";
import { once } from "node:events";
import fs from "node:fs";
import { networkInterfaces } from "node:os";
import { findHost, localAddresses, ownAddresses } from "../../stacks/host";

/**
 * Reports whether the kernel binds a socket to the address: it does for each address of this machine, whatever the
 * interface's state.
 */
async function binds(address: string): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind(0, address);
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

test("findHost finds the addresses of all network interfaces, including the address of the default route", async () => {
  const { address, addresses } = await findHost({});
  expect(addresses).toContain(address);
  for (const each of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    if (each.family === "IPv4") expect(addresses).toContain(each.address);
  }
  expect(addresses).toEqual([...new Set(addresses)]);
  for (const own of addresses) expect([own, await binds(own)]).toEqual([own, true]);
});

/** Linux 6 output for a bridge without containers and for loopback. */
const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
     |-- 127.0.0.1
        /32 host LOCAL
`;

test("localAddresses returns exactly the routing table's local addresses, including addresses of interfaces without a carrier", () => {
  expect(localAddresses(fibTrie)).toEqual(["172.17.0.1", "127.0.0.1"]);
});

test("ownAddresses returns the addresses of network interfaces if the kernel's routing table is not readable", () => {
  jest.spyOn(fs, "readFileSync").mockImplementation(() => {
    throw new Error("EACCES");
  });
  try {
    expect(ownAddresses()).toContain("127.0.0.1");
  } finally {
    jest.restoreAllMocks();
  }
});
