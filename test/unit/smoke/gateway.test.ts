import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { ICEServer, JoinResponse, ParticipantInfo, SignalResponse } from "@livekit/protocol";
import { WebSocket, WebSocketServer } from "ws";
import { Alarm, RelayMissing, type SmokeError } from "../../../scripts/smoke/error";
import { openGateway, type Upstream } from "../../../scripts/smoke/gateway";
import { openRoute, type Route } from "../../../scripts/smoke/route";
import { SignallingFilter } from "../../../scripts/smoke/signalling";
import { requestBinding } from "../../../scripts/smoke/stun";
import { openTlsShim } from "../../../scripts/smoke/tls-shim";
import { type CertificateAuthority, createCa } from "./certificate-authority";
import { pathOf } from "./support";

/** Only the certificate of the test's CA contains this name. The name is not in DNS. */
const name = "livekit.smoke.invalid";
const closers: (() => Promise<unknown> | unknown)[] = [];
let ca: CertificateAuthority;
let stranger: CertificateAuthority;

beforeAll(async () => {
  [ca, stranger] = await Promise.all([createCa(name), createCa(name)]);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen<S extends Server>(server: S): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  closers.pop();
  server.close();
  await once(server, "close");
  return port;
}

/** Joins through a gateway and returns the error that it raises. */
async function errorOf(upstream: Upstream, path = "/rtc/v1"): Promise<SmokeError> {
  const alarm = new Alarm();
  const gateway = await openGateway(upstream, new SignallingFilter(pathOf("udp"), () => []), alarm);
  closers.push(() => gateway.close());
  const client = new WebSocket(`ws://${gateway.host}${path}`);
  client.on("error", () => undefined);
  return alarm.raised.catch((error: SmokeError) => error);
}

function responding(status: number, body: string): RequestListener {
  return (_, response) => response.writeHead(status).end(body);
}

test("reports a signalling failure if no server listens at the URL", async () => {
  const port = await freePort();
  expect(await errorOf({ url: `ws://127.0.0.1:${port}` })).toMatchObject({
    layer: "signalling",
    message: `127.0.0.1:${port}: connection refused`,
  });
});

test("an error names the server's host name and the configured address that is used instead of DNS", async () => {
  const port = await freePort();
  const message = `localhost:${port} at 127.0.0.2: connection refused`;
  expect(await errorOf({ url: `ws://localhost:${port}`, connectAddress: "127.0.0.2" })).toMatchObject({ message });
});

test("reports a DNS failure if the server's host name does not exist", async () => {
  expect(await errorOf({ url: `ws://${name}:7880` })).toMatchObject({ layer: "DNS" });
});

test("reports a token failure if the server rejects the token", async () => {
  const port = await listen(createHttpServer(responding(401, "invalid API key")));
  expect(await errorOf({ url: `ws://127.0.0.1:${port}` })).toMatchObject({
    layer: "token",
    message: `127.0.0.1:${port} answered 401 Unauthorized: invalid API key`,
  });
});

test("reports a signalling failure if a server that is not LiveKit answers 404 even at the older endpoint /rtc", async () => {
  const port = await listen(createHttpServer(responding(404, "")));
  expect(await errorOf({ url: `ws://127.0.0.1:${port}` }, "/rtc")).toMatchObject({ layer: "signalling" });
});

test("reports a TLS failure if the server's certificate has a wrong chain or name", async () => {
  const port = await listen(createHttpsServer(ca.server, responding(401, "reached")));
  const reach = { url: `wss://${name}:${port}`, connectAddress: "127.0.0.1" };
  expect(await errorOf(reach)).toMatchObject({ layer: "TLS" });
  expect(await errorOf({ ...reach, ca: stranger.ca })).toMatchObject({ layer: "TLS" });
  const misnamed = { url: `wss://127.0.0.1:${port}`, ca: ca.ca };
  expect(await errorOf(misnamed)).toMatchObject({ layer: "TLS" });
  expect(await errorOf({ ...reach, ca: ca.ca })).toMatchObject({ layer: "token" });
});

test("the gateway filters signalling messages, forwards the token and passes HTTP requests unchanged", async () => {
  const http = createHttpServer((request, response) => response.end(`${request.method} ${request.url}`));
  const port = await listen(http);
  const acceptor = new WebSocketServer({ server: http });
  closers.push(() => acceptor.close());
  acceptor.on("connection", (socket, request) => {
    expect(request.headers.authorization).toBe("Bearer token");
    socket.send(joinResponse("turn:192.0.2.8:3478?transport=udp"));
  });
  const route = await open("udp", `ws://127.0.0.1:${port}`);
  const join = await firstMessage(route);
  expect(join.iceServers).toEqual([]);
  expect(route.filter.participantSid).toBe("PA_one");
  expect(await (await fetch(`http://${route.gateway.host}/twirp/x?y=1`)).text()).toBe("GET /twirp/x?y=1");
});

test.each(["/livekit", "/livekit/"])("the gateway keeps the path %s of the server's URL", async (path) => {
  const http = createHttpServer((request, response) => response.end(request.url));
  const port = await listen(http);
  const acceptor = new WebSocketServer({ server: http });
  closers.push(() => acceptor.close());
  const requested: (string | undefined)[] = [];
  acceptor.on("connection", (socket, request) => {
    requested.push(request.url);
    socket.send(joinResponse("turn:192.0.2.8:3478?transport=udp"));
  });
  const route = await open("udp", `ws://127.0.0.1:${port}${path}`);
  await firstMessage(route);
  expect(requested[0]).toMatch(/^\/livekit\/rtc/);
  expect(await (await fetch(`http://${route.gateway.host}/twirp/x?y=1`)).text()).toBe("/livekit/twirp/x?y=1");
});

test("reports a TLS failure and suggests ws:// if a wss:// port answers without TLS or closes the connection", async () => {
  const plain = await listen(createHttpServer(responding(200, "OK")));
  const silent = await listen(createServer((socket) => socket.once("data", () => socket.end())));
  for (const port of [plain, silent]) {
    const error = await errorOf({ url: `wss://127.0.0.1:${port}` });
    expect(error).toMatchObject({ layer: "TLS", fix: expect.stringContaining("Use ws://") });
  }
});

test("reports a TLS failure and suggests wss:// if the port of a ws:// URL requires TLS", async () => {
  const said = "<html><center>The plain HTTP request was sent to HTTPS port</center></html>";
  const port = await listen(createHttpServer(responding(400, said)));
  expect(await errorOf({ url: `ws://127.0.0.1:${port}` })).toMatchObject({
    layer: "TLS",
    fix: expect.stringContaining("Use wss://"),
  });
});

test("reports a relay failure if the server does not offer the relay", async () => {
  const url = await listenWithRelay("stun:192.0.2.8:3478");
  const alarm = new Alarm();
  const route = await open("turn-tls", url, alarm);
  const client = new WebSocket(`ws://${route.gateway.host}/rtc`);
  client.on("error", () => undefined);
  const error = await alarm.raised.catch((error: SmokeError) => error);
  expect(error).toBeInstanceOf(RelayMissing);
  expect(error).toMatchObject({
    layer: "relay",
    message: "the server offers no TURN/TLS relay",
    fix: expect.stringContaining("protocol: tls"),
  });
  expect(route.isOptional()).toBe(true);
});

test("tests the relay of a known stack even if LiveKit does not provide the relay's URL", async () => {
  const url = await listenWithRelay("turn:192.0.2.8:3478?transport=udp");
  const reach = { relayPorts: { tcp: 3478, tls: 5349 } };
  const route = await openRoute(pathOf("turn-tcp"), url, reach, 0, new Alarm());
  closers.push(() => route.close());
  const { iceServers } = await firstMessage(route);
  expect(iceServers.flatMap(({ urls }) => urls)).toEqual(["turn:192.0.2.8:3478?transport=tcp"]);
});

test("the TLS shim verifies the relay's certificate and forwards bytes in both directions", async () => {
  const relay = createTlsServer(ca.server, (socket) => socket.pipe(socket));
  const port = await listen(relay);
  const alarm = new Alarm();
  const reach = { ca: ca.ca, connectAddress: "127.0.0.1" };
  const shim = await openTlsShim(() => ({ host: name, port }), reach, alarm);
  closers.push(() => shim.close());
  const client = connect(shim.port, "127.0.0.1");
  client.write("ping");
  const [echo] = (await once(client, "data")) as [Buffer];
  expect(echo.toString()).toBe("ping");
  expect(shim.sessions).toMatchObject([{ peer: name, version: "TLSv1.3" }]);
  expect(shim.sessions[0]?.bytes()).toBe(8);
});

test("reports a TLS failure if an unknown CA issued the relay's certificate", async () => {
  const port = await listen(createTlsServer(ca.server));
  const alarm = new Alarm();
  const reach = { ca: stranger.ca, connectAddress: "127.0.0.1" };
  const shim = await openTlsShim(() => ({ host: name, port }), reach, alarm);
  closers.push(() => shim.close());
  connect(shim.port, "127.0.0.1").on("error", () => undefined);
  await expect(alarm.raised).rejects.toMatchObject({ layer: "TLS" });
  expect(shim.sessions).toEqual([]);
});

test("reports a TLS failure for a certificate that is overdue for renewal, in signalling and at the relay", async () => {
  const old = await createCa(name, 90 * 24);
  const reach = { ca: old.ca, connectAddress: "127.0.0.1" };
  const https = createHttpsServer(old.server);
  const acceptor = new WebSocketServer({ server: https });
  closers.push(() => acceptor.close());
  const found = { layer: "TLS", message: expect.stringContaining("0 days more, fewer than 21") };
  expect(await errorOf({ url: `wss://${name}:${await listen(https)}`, ...reach })).toMatchObject(found);

  const port = await listen(createTlsServer(old.server));
  const alarm = new Alarm();
  const shim = await openTlsShim(() => ({ host: name, port }), reach, alarm);
  closers.push(() => shim.close());
  connect(shim.port, "127.0.0.1").on("error", () => undefined);
  await expect(alarm.raised).rejects.toMatchObject(found);
});

test("a STUN request succeeds over UDP and TCP, and fails at a closed port", async () => {
  const udp = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  closers.push(() => udp.close());
  udp.on("message", (request, { port, address }) => udp.send(request, port, address));
  const tcp = await listen(createServer((socket) => socket.pipe(socket)));
  await requestBinding({ host: "127.0.0.1", port: udp.address().port }, "udp", {});
  await requestBinding({ host: "127.0.0.1", port: tcp }, "tcp", {});
  await expect(requestBinding({ host: "127.0.0.1", port: await freePort() }, "tcp", {})).rejects.toThrow(
    "ECONNREFUSED",
  );
});

/** Starts a server that accepts joins and hands out a relay. Returns its URL. */
async function listenWithRelay(relay: string): Promise<string> {
  const http = createHttpServer();
  const port = await listen(http);
  const acceptor = new WebSocketServer({ server: http });
  closers.push(() => acceptor.close());
  acceptor.on("connection", (socket) => socket.send(joinResponse(relay)));
  return `ws://127.0.0.1:${port}`;
}

function joinResponse(relay: string): Uint8Array {
  const value = new JoinResponse({
    participant: new ParticipantInfo({ sid: "PA_one" }),
    iceServers: [new ICEServer({ urls: [relay] })],
  });
  return new SignalResponse({ message: { case: "join", value } }).toBinary();
}

async function open(id: Parameters<typeof pathOf>[0], url: string, alarm = new Alarm()): Promise<Route> {
  const route = await openRoute(pathOf(id), url, {}, 0, alarm);
  closers.push(() => route.close());
  return route;
}

async function firstMessage(route: Route): Promise<JoinResponse> {
  const client = new WebSocket(`ws://${route.gateway.host}/rtc`, { headers: { authorization: "Bearer token" } });
  const [message] = (await once(client, "message")) as [Buffer];
  return SignalResponse.fromBinary(message).message.value as JoinResponse;
}
