import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { request } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { SignalResponse } from "@livekit/protocol";
import Dockerode from "dockerode";
import { AccessToken } from "livekit-server-sdk";
import { WebSocket } from "ws";
import { eventually } from "../../../support/eventually";
import type { TestContext } from "./context";

const docker = new Dockerode();

/** Separate source addresses, because nginx limits the request rate of each address. */
const visitor = "127.0.0.67";
const flooder = "127.0.0.68";

const forgedAddress = "203.0.113.9";
const forgedHeaders = {
  "X-Forwarded-For": forgedAddress,
  "X-Real-IP": forgedAddress,
  "CF-Connecting-IP": forgedAddress,
  Forwarded: `for=${forgedAddress}`,
};
const mebibyte = 1024 * 1024;

/** Tests that nginx admits the requests of a call, passes on the real client address, and logs no tokens. */
export function edgeControls(context: () => TestContext): void {
  const origin = () => `localhost:${context().fleet.ports.https.first}`;
  const from = (localAddress: string) => ({
    ca: readFileSync(context().stack.caFile),
    localAddress,
    // The certificate is for `localhost`. Only IPv4 has several loopback addresses, so only IPv4 allows a choice of the
    // source address.
    family: 4,
  });

  async function token(room = "edge"): Promise<string> {
    const { LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = context().stack.values(".env.livekit");
    const grant = new AccessToken(key, secret, { identity: "visitor", ttl: 60 });
    grant.addGrant({ room, roomJoin: true, roomList: true });
    return grant.toJwt();
  }

  /**
   * Opens a participant's signalling WebSocket, waits for the join message and closes the WebSocket. @throws Error with
   * the HTTP status of a rejection
   */
  async function join(address: string, jwt: string, headers = {}): Promise<void> {
    const socket = new WebSocket(`wss://${origin()}/rtc?access_token=${jwt}`, { ...from(address), headers });
    const [message] = await once(socket, "message");
    expect(SignalResponse.fromBinary(message).message.case).toBe("join");
    socket.close();
    await once(socket, "close");
  }

  test("nginx ignores the address that a client claims in headers", async () => {
    const { redisPort } = context().stack;
    const spy = connect(redisPort, "127.0.0.1");
    let heard = "";
    spy.on("data", (data) => (heard += data.toString("latin1")));
    // LiveKit sends each participant to the room's node through Redis. That message contains the client address that
    // LiveKit considers real.
    spy.write(`AUTH ${context().stack.values(".env")["REDIS_PASSWORD"]}\r\nMONITOR\r\n`);
    await eventually(async () => expect(heard).toMatch(/^\+OK\r\n\+OK\r\n/), 20_000);
    await join(visitor, await token(), forgedHeaders);
    await eventually(async () => expect(heard).toContain(visitor), 20_000);
    spy.destroy();
    expect(heard).not.toContain(forgedAddress);
  });

  test("nginx sends no HSTS header on localhost", async () => {
    const { status, headers } = await send("GET", "/");
    expect(status).toBe(200);
    // HSTS would force HTTPS on the developer's other servers on localhost, too.
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(headers["server"]).toBe("nginx");
  });

  test("nginx serves only the call page's own files, each with its own headers", async () => {
    const { status, headers, text } = await send("GET", "/call/");
    expect(status).toBe(200);
    expect(text).toContain('<script type="module" src="call.js">');
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'self'; /),
      "permissions-policy": expect.stringContaining("camera=(self), microphone=(self)"),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    for (const path of ["tls.key", "nginx.conf", "..%2ftls.key", "call.js/"]) {
      expect([path, (await send("GET", `/call/${path}`)).status]).toEqual([path, 404]);
    }
    expect(await send("GET", "/call")).toMatchObject({ status: 308, headers: { location: "/call/" } });
    expect((await send("GET", "/")).headers["content-security-policy"]).toBeUndefined();
  });

  test("nginx passes request bodies of 10 MiB to LiveKit and rejects larger bodies", async () => {
    const path = "/twirp/livekit.RoomService/ListRooms";
    // Pads a list request to this length, so that LiveKit must read a body of that size.
    const json = (length: number) => Buffer.from(`{${" ".repeat(length - 2)}}`);
    expect(await send("POST", path, json(10 * mebibyte))).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^{"rooms":/),
    });
    expect(await send("POST", path, json(10 * mebibyte + 1))).toMatchObject({ status: 413 });
  });

  test("nginx rate-limits a flood from one address without blocking other clients", async () => {
    const session = connectHttp2(`https://${origin()}`, from(flooder));
    const jwt = await token("flood");
    const ask = async () => {
      const stream = session.request({ ":path": `/rtc/validate?access_token=${jwt}` });
      const [headers] = await once(stream.resume(), "response");
      return headers[constants.HTTP2_HEADER_STATUS];
    };
    const statuses: unknown[] = [];
    const deadline = Date.now() + 20_000;
    while (!statuses.includes(429) && Date.now() < deadline) {
      statuses.push(...(await Promise.all(Array.from({ length: 300 }, ask))));
    }
    session.close();
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(200);
    await join(visitor, await token());
    await join(flooder, await token());
  });

  test("no log contains an accepted or rejected token", async () => {
    const genuine = await token("logged");
    const forged = `${(await token("forged")).slice(0, -8)}AAAAAAAA`;
    await join(visitor, genuine);
    await expect(join(visitor, forged)).rejects.toThrow("401");
    expect((await send("POST", `/rtc?access_token=${genuine}`, Buffer.alloc(11 * mebibyte))).status).toBe(413);
    const nginx = await eventually(async () => {
      const lines = await logOf(context(), "nginx");
      for (const seen of ['"GET /rtc HTTP/1.1" 101', '"GET /rtc HTTP/1.1" 401', '"POST /rtc HTTP/1.1" 413']) {
        expect(lines.some((line) => line.includes(seen))).toBe(true);
      }
      return lines;
    }, 5000);
    expect(nginx.filter((line) => /access_token|eyJ/.test(line))).toEqual([]);
    const livekit = await logOf(context(), "livekit");
    expect(livekit.some((line) => line.includes('"room":"logged"'))).toBe(true);
    // LiveKit servers before 1.13.6 log a token that they reject.
    const parts = [genuine, forged].flatMap((jwt) => jwt.split(".").slice(1));
    expect(livekit.filter((line) => parts.some((part) => line.includes(part)))).toEqual([]);
  });

  async function send(method: string, path: string, body?: Buffer) {
    const headers = { Authorization: `Bearer ${await token()}`, "Content-Type": "application/json" };
    const sent = request(`https://${origin()}${path}`, { ...from(visitor), method, headers, agent: false });
    // nginx rejects a large body and closes the connection while the client still sends. The client then raises a write
    // error, which this test ignores.
    sent.on("error", () => {});
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, text: await text(response) };
  }
}

async function logOf({ stack }: TestContext, service: string): Promise<string[]> {
  const container = docker.getContainer(`${stack.namePrefix}-${service}`);
  return String(await container.logs({ stdout: true, stderr: true })).split("\n");
}
