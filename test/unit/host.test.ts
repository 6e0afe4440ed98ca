import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { findHost } from "../../stacks/host";

/** The kernel binds a socket to an address that this machine has, whatever the state of the interface. */
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

test("a machine's addresses are those of all its interfaces, and the default route's is one of them", async () => {
  const { address, addresses } = await findHost({});
  expect(addresses).toContain(address);
  for (const each of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    if (each.family === "IPv4") expect(addresses).toContain(each.address);
  }
  expect(addresses).toEqual([...new Set(addresses)]);
  for (const own of addresses) expect([own, await binds(own)]).toEqual([own, true]);
});
