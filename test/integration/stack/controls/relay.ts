import { createSocket } from "node:dgram";
import { on, once } from "node:events";
import { relayPortsFor } from "../../../../model/capacity/node";
import { turnCredentials } from "../../../../model/credentials";
import { perAddress } from "../../../../model/limits";
import { portCount } from "../../../../model/ports/table";
import { turnUrlCount } from "../../../../model/turn-servers";
import { exchange, udpTransport } from "../../../../scripts/doctor/allocation";
import { type Attribute, attributes, encodeRequest, methods } from "../../../../scripts/smoke/stun-message";
import { ownAddresses } from "../../../../stacks/host";
import { userQuota } from "../../../../templates/coturn";
import { eventually } from "../../../support/eventually";
import { overTcp, overUdp, PeeringClient, type Wire } from "../../../support/turn";
import type { TestContext } from "./context";

const tcpTransport: Attribute = [attributes.requestedTransport, Buffer.from([6, 0, 0, 0])];
/** REQUESTED-ADDRESS-FAMILY for an IPv6 relay address. */
const ipv6: Attribute = [0x0017, Buffer.from([2, 0, 0, 0])];
const bindingMethod = 0x0001;
/** Participants of the smoke test on each path. */
const smokeParticipants = 2;
/** A separate source address, so that rate limits do not affect the other tests. */
const attacker = "127.0.0.66";

const refused = (code: number) => expect.objectContaining({ name: "TurnErrorResponse", code });

/** Tests that the relay serves only the fleet's clients, and relays only to the fleet's SFUs. */
export function relayControls(context: () => TestContext): void {
  const clients: PeeringClient[] = [];

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  const port = () => context().fleet.ports.turn.first;
  const address = () => context().node.publicAddress;
  const secret = () => context().stack.values(".env")["TURN_SECRET"] ?? "";
  const credentials = (name = "tester") => turnCredentials(name, secret(), 60);
  async function connect(given = credentials(), wire: Promise<Wire> = overUdp(address(), port())) {
    const client = new PeeringClient(await wire, given);
    clients.push(client);
    return client;
  }

  // Over TCP the relay does not rate-limit its answers, and closing the connection releases the allocation.
  const allocated = async () => {
    const client = await connect(credentials(), overTcp(address(), port()));
    return { client, relayed: await client.allocate() };
  };

  test("no client gets a relay address without valid credentials", async () => {
    const wire = await overUdp(address(), port());
    const anonymous = await exchange(wire, encodeRequest(methods.allocate, [udpTransport]), AbortSignal.timeout(5000));
    wire.close();
    expect(anonymous.error?.code).toBe(401);
    const expired = await connect(turnCredentials("tester", secret(), -1));
    await expect(expired.allocate()).rejects.toEqual(refused(401));
    const forged = await connect({ ...credentials(), password: turnCredentials("tester", "guessed", 60).password });
    await expect(forged.allocate()).rejects.toEqual(refused(401));
    const lengthened = await connect({
      ...turnCredentials("tester", secret(), 60),
      username: credentials("other").username,
    });
    await expect(lengthened.allocate()).rejects.toEqual(refused(401));
  });

  test("a relay address is an IPv4 address with a UDP port in the port table's relay range", async () => {
    const { relayed } = await allocated();
    const { first, last } = context().fleet.ports.relay;
    expect(relayed.address).toBe(address());
    expect(relayed.port).toBeGreaterThanOrEqual(first);
    expect(relayed.port).toBeLessThanOrEqual(last);
    for (const wire of [overUdp(address(), port()), overTcp(address(), port())]) {
      const client = await connect(credentials(), wire);
      await expect(client.request(methods.allocate, [tcpTransport])).rejects.toEqual(refused(442));
    }
    const client = await connect();
    await expect(client.request(methods.allocate, [udpTransport, ipv6])).rejects.toEqual(refused(440));
  });

  test("the TURN relay rejects every peer except the SFU", async () => {
    const { client } = await allocated();
    for (const peer of forbiddenPeers(address())) {
      await expect(client.permit(peer)).rejects.toEqual(refused(403));
      await expect(client.bindChannel(peer)).rejects.toEqual(refused(403));
    }
    // A relay address is IPv4, so every IPv6 peer has the wrong family, even if it embeds an IPv4 address.
    for (const peer of foreignPeers(address())) {
      await expect(client.permit(peer)).rejects.toEqual(refused(443));
      await expect(client.bindChannel(peer)).rejects.toEqual(refused(443));
    }
    await client.permit(address());
    await client.bindChannel(address());
  });

  test("Coturn does not answer a flood without credentials and keeps serving other clients", async () => {
    const limit = perAddress.turnChallengesPerSecond;
    const wire = await overUdp("127.0.0.1", port(), attacker);
    const startedAt = Date.now();
    const expiry = AbortSignal.timeout(20_000);
    const answerable = () => limit * (Math.ceil((Date.now() - startedAt) / 1000) + 1);
    let sent = 0;
    let challenged = 0;
    wire.on("message", (message: Buffer) => (challenged += message.readUInt16BE(0) === 0x0113 ? 1 : 0));
    while (sent < 2 * answerable()) {
      for (let n = 0; n < 50; n++, sent++) wire.send(encodeRequest(methods.allocate, [udpTransport]));
      // Coturn answers every binding request. The answer shows that Coturn has read the previous batch and lost none of
      // it.
      await exchange(wire, encodeRequest(bindingMethod, []), expiry);
    }
    wire.close();
    expect(challenged).toBeGreaterThan(0);
    expect(challenged).toBeLessThanOrEqual(answerable());
    const neighbour = await connect(credentials("neighbour"), overUdp("127.0.0.1", port()));
    await expect(neighbour.allocate()).resolves.toBeDefined();
    // Coturn drops requests above the limit, and clients repeat dropped requests. So the next client with the same
    // address is served after one second.
    const same = await connect(credentials("same"), overUdp("127.0.0.1", port(), attacker));
    await expect(same.allocate()).resolves.toBeDefined();
    await Promise.all([neighbour.release(), same.release()]);
  });

  test("Coturn relays packets from an SFU to the client, and none from other sources", async () => {
    const wire = await overTcp(address(), port());
    const client = await connect(credentials(), Promise.resolve(wire));
    const relayed = await client.allocate();
    await client.permit(address());
    const indications = on(wire, "message", { signal: AbortSignal.timeout(5000) });
    await sendFrom("127.0.0.1", relayed, "stranger");
    await sendFrom(address(), relayed, "SFU");
    const { value } = await indications.next();
    expect(String(value[0])).toContain("SFU");
  });

  // Last test, because it uses every relay port.
  test("Coturn limits allocations per user and in total; a user at the limit leaves enough relay ports for the planned calls", async () => {
    const { fleet, node } = context();
    const ports = portCount(fleet.ports.relay);
    const quota = userQuota(fleet, node);
    const granted: PeeringClient[] = [];
    const take = async (name: string) => {
      const client = await connect(credentials(name));
      await client.allocate();
      granted.push(client);
    };
    // For one or two seconds the relay still counts allocations that other tests released.
    const takeSoon = (name: string) => eventually(() => take(name), 10_000);
    await takeSoon("greedy");
    for (let n = 1; n < quota; n++) await take("greedy");
    await expect(take("greedy")).rejects.toEqual(refused(486));
    const each = relayPortsFor(1, turnUrlCount(fleet, node));
    // The smoke test uses LiveKit's native client, which allocates on every network of this machine. Each participant
    // allocates up to one user's quota.
    const planned = Math.floor((ports - quota - smokeParticipants * quota) / each);
    expect(planned).toBeGreaterThan(35);
    for (let n = 0; n < each * planned; n++) await takeSoon(`direct-${Math.floor(n / each)}`);
    const { exitCode, all } = await context().stack.command("smoke", "--paths", "turn-udp");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("1 of 1 path")]);
    const everyone = (async () => {
      for (;;) await take(`user-${granted.length}`);
    })();
    await expect(everyone).rejects.toEqual(refused(486));
    expect(granted.length).toBeLessThanOrEqual(ports);
    for (const client of granted) await client.release();
    await takeSoon("later");
  });
}

/**
 * Returns one or more addresses of each class that an SFU cannot have: private, shared, loopback, link-local,
 * multicast, public.
 */
function forbiddenPeers(sfu: string): string[] {
  const classes = [
    ...["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"],
    ...["127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.169.254", "169.254.0.1"],
    ...["224.0.0.1", "239.255.255.250", "255.255.255.255", "1.1.1.1", "8.8.8.8", "198.51.100.1"],
  ];
  return [...new Set([...classes, ...ownAddresses()])].filter((each) => each !== sfu);
}

/** Returns the same classes in IPv6, and IPv4 addresses embedded in IPv6: mapped, compatible, translated. */
function foreignPeers(sfu: string): string[] {
  return [
    ...["::", "::1", "fe80::1", "fd00::1", "ff02::1", "2001:4860:4860::8888", "2606:4700:4700::1111"],
    ...["10.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1", "8.8.8.8", sfu].map((each) => `::ffff:${each}`),
    ...["::7f00:1", "64:ff9b::a9fe:a9fe"],
  ];
}

async function sendFrom(from: string, to: { readonly address: string; readonly port: number }, text: string) {
  const socket = createSocket("udp4").bind(0, from);
  await once(socket, "listening");
  await new Promise((sent) => socket.send(text, to.port, to.address, sent));
  socket.close();
}
