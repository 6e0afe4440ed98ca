import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import Dockerode from "dockerode";
import { portsInUse } from "../../../../model/ports/binding";
import type { PortRow, Protocol } from "../../../../model/ports/table";
import { type OpenSocket, openSockets } from "../../../support/sockets";
import type { TestContext } from "./context";

const docker = new Dockerode();

/** Tests that the machine answers on the ports of the port table that are in use, and on no other port. */
export function portControls(context: () => TestContext): void {
  const rows = (protocol: Protocol) =>
    portsInUse(context().fleet, context().node).filter(({ protocols }) => protocols.includes(protocol));
  /** Excludes the relay's ports, which are open only while a call uses them. `relay.ts` tests those ports. */
  const steady = (protocol: Protocol) =>
    rows(protocol).filter((row) => row.first !== context().fleet.ports.relay.first);
  const address = () => context().node.publicAddress;

  test("the stack's processes listen on non-loopback addresses only on ports of the port table", async () => {
    const open = (await socketsOf(context())).filter(({ loopback }) => !loopback);
    for (const protocol of ["tcp", "udp"] as const) {
      const relay = rows(protocol).filter((row) => row.first === context().fleet.ports.relay.first);
      const found = open.filter(
        (socket) => socket.protocol === protocol && !relay.some((row) => holds(row, socket.port)),
      );
      expect(sorted(found.map(({ port }) => port))).toEqual(sorted(steady(protocol).flatMap(portsOf)));
    }
  });

  test("on loopback addresses, only Redis and Coturn listen; Coturn's health check needs Coturn's loopback address", async () => {
    const { turn, turnTls } = context().fleet.ports;
    const open = (await socketsOf(context())).filter(({ loopback }) => loopback);
    expect(sorted(open.map(({ port }) => port))).toEqual(
      sorted([turn.first, turnTls.first, context().stack.redisPort]),
    );
  });

  test("every TCP port of the port table answers", async () => {
    for (const port of steady("tcp").flatMap(portsOf)) {
      const socket = connect(port, address());
      await once(socket, "connect");
      socket.destroy();
    }
  });

  test("datagrams to every UDP port of the port table reach the server on that port", async () => {
    const arrived: number[] = [];
    const sender = createSocket("udp4");
    for (const { Id, HostConfig } of await context().stack.running()) {
      const container = docker.getContainer(Id);
      const udp = async () => (await hostSockets(context(), Id)).filter(({ protocol }) => protocol === "udp");
      if (HostConfig.NetworkMode !== "host" || (await udp()).length === 0) continue;
      // A paused server leaves datagrams in its sockets' queues, where the test can count them.
      await container.pause();
      try {
        const before = unreadByPort(await udp());
        for (const port of before.keys()) await new Promise((sent) => sender.send("counted", port, address(), sent));
        const after = unreadByPort(await udp());
        arrived.push(...[...before].filter(([port, bytes]) => (after.get(port) ?? 0) > bytes).map(([port]) => port));
      } finally {
        await container.unpause();
      }
    }
    sender.close();
    expect(sorted(arrived)).toEqual(sorted(steady("udp").flatMap(portsOf)));
  });

  test("LiveKit's API port serves no profiles, debug pages or metrics, and Coturn's ports serve no web console", async () => {
    const { api, turn, turnTls } = context().fleet.ports;
    for (const path of ["/debug/pprof/", "/debug/goroutine", "/debug/rooms", "/metrics"]) {
      expect([path, (await fetch(`http://${address()}:${api.first}${path}`)).status]).toEqual([path, 404]);
    }
    // If Coturn's web console were enabled, it would answer on these ports. Coturn's command line would open a socket
    // of its own, which the tests of the open sockets would find.
    for (const url of [`http://${address()}:${turn.first}/`, `https://${address()}:${turnTls.first}/`]) {
      await expect(fetch(url)).rejects.toThrow("fetch failed");
    }
  });
}

/**
 * Returns the sockets that the containers' processes have open on the machine, and the ports that Docker publishes for
 * them.
 */
async function socketsOf(context: TestContext): Promise<Pick<OpenSocket, "protocol" | "loopback" | "port">[]> {
  const running = await context.stack.running();
  const lists = running.map(async ({ Id, HostConfig, NetworkSettings }) =>
    HostConfig.NetworkMode === "host" ? hostSockets(context, Id) : published(NetworkSettings.Ports),
  );
  return (await Promise.all(lists)).flat();
}

async function hostSockets({ stack }: TestContext, id: string): Promise<OpenSocket[]> {
  const { Titles, Processes } = await docker.getContainer(id).top();
  const column = Titles.indexOf("PID");
  const pids = Processes.map((fields: string[]) => Number(fields[column]));
  return openSockets(pids, (script) => stack.rootShell(script));
}

function published(ports: Dockerode.ContainerInspectInfo["NetworkSettings"]["Ports"]) {
  return Object.entries(ports).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({
      protocol: port.endsWith("/udp") ? ("udp" as const) : ("tcp" as const),
      loopback: HostIp.startsWith("127."),
      port: Number(HostPort),
    })),
  );
}

/** Sums the unread bytes by port, because each thread of a server has its own socket on the port. */
function unreadByPort(sockets: readonly OpenSocket[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { port, unread } of sockets) sums.set(port, (sums.get(port) ?? 0) + unread);
  return sums;
}

function portsOf({ first, last }: PortRow): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function holds({ first, last }: PortRow, port: number): boolean {
  return first <= port && port <= last;
}

function sorted(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
