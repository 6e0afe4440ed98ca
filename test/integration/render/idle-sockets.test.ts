import { once } from "node:events";
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import Dockerode from "dockerode";
import { planLocalFleet } from "../../../model/fleet";
import { workerConnections } from "../../../model/limits";
import type { ServiceSpec } from "../../../model/service";
import { findHost } from "../../../stacks/host";
import { planServices } from "../../../templates/bundle";
import { agedCertificate } from "../../support/aged-certificate";
import { eventually } from "../../support/eventually";
import { ownSettings } from "../../support/numbers";
import { imagesHere, runService } from "../../support/rendered-service";
import { configure, testSecrets } from "../../support/settings";
import { join, joinToken } from "../../support/signalling";

const docker = new Dockerode();
const { namePrefix, ports, redis } = ownSettings("idle sockets");
const domain = "example.test";
const apiName = `livekit.${domain}`;
const [attacker, guest] = ["127.0.0.2", "127.0.0.3"];
const url = `wss://127.0.0.1:${ports.https}`;
const options = { localAddress: guest, rejectUnauthorized: false, servername: apiName };
const token = (identity: string) =>
  joinToken({ key: testSecrets["apiKey"] ?? "", secret: testSecrets["apiSecret"] ?? "" }, identity);
const batchSize = 100;

/** Sockets that cost an attacker nothing, from the cheapest for nginx to the most expensive one. */
const kinds = {
  "send nothing": () => open("connect"),
  "complete TLS and send no request": () => open("secureConnect"),
  "never complete a request's header": () => open("secureConnect", { sends: "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " }),
  "ask for TURN, whose server does not answer": () => open("connect", { servername: `turn.${domain}` }),
} as const;
type Kind = keyof typeof kinds;
const httpsKinds = (Object.keys(kinds) as Kind[]).slice(0, -1);

const made: { remove(options?: object): Promise<unknown> }[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const each of made.splice(0).reverse()) await each.remove({ force: true, v: true });
});

describe.each([
  ["with SNI routing", { domain }, Object.keys(kinds) as Kind[]],
  ["without SNI routing", {}, httpsKinds],
] as const)("nginx %s, with one worker", (_, shape, shapeKinds) => {
  test("lets another host join while one host holds as many idle sockets as it can", async () => {
    const turn = await silentTurn();
    await serve(shape, withoutTimeouts);
    try {
      for (const kind of shapeKinds) {
        await holdAll(kind);
        expect([kind, await joins()]).toEqual([kind, "join"]);
        for (const socket of sockets) socket.destroy();
        sockets.clear();
        await eventually(async () => expect(await isAccepted()).toBe(true));
      }
    } finally {
      turn.close();
    }
  });

  test("closes idle sockets and keeps an idle WebSocket open", async () => {
    await serve(shape, (conf) => conf);
    const call = join(url, await token("host"), options);
    expect((await call.next()).value).toMatchObject({ case: "join" });
    await Promise.all(
      httpsKinds.map(async (kind) => {
        const socket = await kinds[kind]();
        expect([kind, socket.destroyed]).toEqual([kind, false]);
        await new Promise((resolve) => socket.once("close", resolve));
      }),
    );
    await joins();
    expect(await next(call, "update")).toMatchObject({ case: "update" });
    await call.return(undefined);
  });
});

/** An attacker replaces sockets as fast as nginx closes them. Long timeouts have the same effect on any machine. */
function withoutTimeouts(conf: string): string {
  const others = conf
    .replace(/^ *(client_header|keepalive)_timeout .*\n/gm, "")
    .replace(/preread_timeout \d+s/, "preread_timeout 1h");
  return others.replace("http {", "http {\n  client_header_timeout 1h;\n  keepalive_timeout 1h;");
}

/** Starts Redis, LiveKit and nginx with their rendered files, and nginx with one worker as on a machine with one vCPU. */
async function serve(shape: object, change: (conf: string) => string): Promise<void> {
  const values = { namePrefix, ports: JSON.stringify(ports), redis: JSON.stringify(redis), mediaTransport: "mux" };
  const { settings, secrets } = configure({ ...values, ...shape });
  const fleet = planLocalFleet(settings, await findHost({ network: "host" }));
  const inputs = { secrets, certificate: await agedCertificate([apiName], { lifeDays: 2, daysLeft: 1 }) };
  const images = await imagesHere(docker, settings);
  const changed = (conf: string) => change(conf.replace("worker_processes auto;", "worker_processes 1;"));
  made.push(await docker.createNetwork({ Name: namePrefix }));
  for (const spec of planServices(fleet, fleet.nodes[0])) {
    if (spec.kind === "coturn") continue;
    const own: ServiceSpec = {
      ...spec,
      files: spec.files.map((file) =>
        file.path.endsWith("nginx.conf") ? { ...file, render: (given) => changed(file.render(given)) } : file,
      ),
    };
    made.push(await runService(docker, namePrefix, own, inputs, images[spec.kind], { "/tmp": "" }));
  }
  await eventually(async () => expect(await joins()).toBe("join"));
}

/** Listens on Coturn's TLS port, and answers no ClientHello. */
async function silentTurn() {
  const server = createServer((socket) => socket.on("error", () => undefined).resume());
  await once(server.listen(ports.turnTls, "127.0.0.1"), "listening");
  return server;
}

/** Opens sockets from one address until nginx rejects that address, even if its worker is then full. */
async function holdAll(kind: Kind): Promise<void> {
  for (let held = 0; held < 1.25 * workerConnections && (await isAccepted()); held += batchSize) {
    await Promise.all(Array.from({ length: batchSize }, kinds[kind]));
  }
  // When a sixteenth of a worker's connections is left, nginx closes sockets that have sent nothing yet, such as others of
  // the same batch. The attacker then opens one after the other.
  for (let held = 0; held < workerConnections / 16 && (await isAccepted()); held++) await kinds[kind]();
}

/** Reports whether nginx still completes TLS with the attacker, and keeps that socket too. */
async function isAccepted(): Promise<boolean> {
  return !(await open("secureConnect")).destroyed;
}

interface Opened {
  readonly servername?: string;
  readonly sends?: string;
}

/** Opens a socket from the attacker's address. It is destroyed if nginx rejects it. */
async function open(until: "connect" | "secureConnect", { servername = apiName, sends = "" }: Opened = {}) {
  const target = { host: "127.0.0.1", port: ports.https, localAddress: attacker };
  const secure = until === "secureConnect" || servername !== apiName;
  const socket = secure ? tlsConnect({ ...target, servername, rejectUnauthorized: false }) : tcpConnect(target);
  sockets.add(socket);
  socket.on("error", () => undefined).resume();
  await new Promise((resolve) => socket.once(until, resolve).once("close", resolve));
  if (!socket.destroyed) socket.write(sends);
  return socket;
}

/** Joins a room from another address, and returns the first message's kind. */
async function joins() {
  for await (const { case: kind } of join(url, await token("guest"), options)) return kind;
}

/** Returns the next message of a kind; undefined if the connection closes. */
async function next(call: ReturnType<typeof join>, kind: string) {
  for (;;) {
    const { value, done } = await call.next();
    if (done || value.case === kind) return value;
  }
}
