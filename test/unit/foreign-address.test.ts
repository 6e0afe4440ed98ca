import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { planLocalFleet } from "../../model/fleet";
import { checkPublicAddress } from "../../scripts/lib/foreign-address";
import { ownSettings } from "../support/numbers";
import { configure, testHost } from "../support/settings";

const { api, iceTcp, turn, turnTls } = ownSettings("foreign address").ports;
const ports = { api, iceTcp, turn, turnTls };
const all = Object.values(ports).join(", ");
const publicAddress = "127.0.0.91";
const fleet = planLocalFleet(configure({ publicAddress, ports: JSON.stringify(ports) }).settings, testHost);

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server that accepts connections and sends nothing. */
async function answering(port: number, address: string): Promise<void> {
  const server = createServer((socket) => socket.on("error", () => undefined).unref());
  servers.push(server);
  await once(server.listen(port, address), "listening");
}

/** Checks as if connections to the public address reached the machine at `listenAt`. */
const check = (listenAt: string, own: string[] = [], timeoutSeconds = 30) =>
  checkPublicAddress("office", fleet, { own, listenAt, timeoutSeconds });

test("the address check accepts a public address that this machine has, or that a router forwards to this machine", async () => {
  await expect(check("127.0.0.92", [publicAddress])).resolves.toBeUndefined();
  await expect(check(publicAddress)).resolves.toBeUndefined();
});

test("the address check rejects a public address at which nothing answers, and suggests fixes", async () => {
  await expect(check("127.0.0.92")).rejects.toThrow(
    `livekit:publicAddress "${publicAddress}": no interface of this machine has this address, and connections to TCP ports ${all} of this address do not reach this machine: no router forwards these ports, or a firewall drops the packets. Remove it with: pulumi config rm livekit:publicAddress, or configure the router or the firewall.`,
  );
  await expect(check("127.0.0.92")).rejects.toThrow("npm start -- --skip-address-check --stack office");
});

test("the address check rejects a public address at which another machine answers", async () => {
  await answering(ports.api, publicAddress);
  await expect(check("127.0.0.92", [], 0.3)).rejects.toThrow("no router forwards these ports");
});

test("the address check accepts a public address at which this running stack's services answer", async () => {
  for (const port of Object.values(ports)) await answering(port, publicAddress);
  await expect(check(publicAddress)).resolves.toBeUndefined();
});
