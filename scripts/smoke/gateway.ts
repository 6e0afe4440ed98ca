import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { WebSocket, WebSocketServer } from "ws";
import { type Alarm, connectionError, httpError, renewalError, SmokeError } from "./error";
import { type Reach, socketOptions } from "./reach";
import { joinServerUrl } from "./server-url";
import type { SignallingFilter } from "./signalling";

export interface Upstream extends Reach {
  /** ws:// or wss:// URL of the real server. */
  readonly url: string;
}

/** A proxy on loopback, through which the client connects to the real server. */
export interface Gateway {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Returns the TLS version of the signalling connection. Undefined before it is established, or without TLS. */
  readonly tlsVersion: () => string | undefined;
  readonly close: () => Promise<void>;
}

/**
 * Opens a loopback gateway to the server. HTTP requests pass unchanged, and signalling passes through the filter. The
 * native client has no setting for its candidates or for a CA to trust, so the gateway controls both. It passes the
 * first error of an upstream connection to `alarm`.
 */
export async function openGateway(upstream: Upstream, filter: SignallingFilter, alarm: Alarm): Promise<Gateway> {
  const sockets = new Set<WebSocket>();
  const acceptor = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => forwardHttp(upstream, request, response, alarm));
  let tlsVersion: string | undefined;

  server.on("upgrade", (request, socket, head) => {
    const outer = connectUpstream(upstream, request, filter);
    sockets.add(outer);
    outer.once("upgrade", ({ socket: carrier }) => {
      if (!(carrier instanceof TLSSocket)) return;
      tlsVersion = carrier.getProtocol() ?? undefined;
      const error = renewalError(carrier, endpointOf(upstream));
      if (error) alarm.raise(error);
    });
    outer.once(
      "unexpected-response",
      (_, response) => void forwardRejection(socket, request, response, upstream, alarm),
    );
    outer.once("error", (error) => {
      alarm.raise(connectionError(error, endpointOf(upstream), "signalling"));
      socket.destroy();
    });
    outer.once("open", () =>
      acceptor.handleUpgrade(request, socket, head, (inner) => {
        sockets.add(inner);
        pipe(inner, outer, (message) => filter.fromClient(message), alarm);
        pipe(outer, inner, (message) => filter.fromServer(message), alarm);
      }),
    );
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    tlsVersion: () => tlsVersion,
    close: async () => {
      for (const socket of sockets) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function connectUpstream(upstream: Upstream, request: IncomingMessage, filter: SignallingFilter): WebSocket {
  const { authorization } = request.headers;
  return new WebSocket(filter.joinUrl(upstreamUrl(upstream, request)), {
    headers: { ...(authorization && { authorization }) },
    ...socketOptions(upstream),
  });
}

function pipe(
  from: WebSocket,
  to: WebSocket,
  filter: (message: Uint8Array) => Uint8Array | undefined,
  alarm: Alarm,
): void {
  from.on("message", (data) => {
    try {
      const passed = filter(data as Buffer);
      if (passed !== undefined && to.readyState === WebSocket.OPEN) to.send(passed);
    } catch (error) {
      alarm.raise(error instanceof SmokeError ? error : unreadable(error));
      from.terminate();
    }
  });
  from.on("error", () => to.terminate());
  from.on("close", () => to.close());
}

function unreadable(error: unknown): SmokeError {
  return new SmokeError(
    "signalling",
    `a signalling message can't be read: ${(error as Error).message}`,
    "Check that the URL is LiveKit's, and that this project supports the server's LiveKit version",
  );
}

/** Forwards a rejected WebSocket upgrade. A missing /rtc/v1 is no error: the client then tries /rtc. */
async function forwardRejection(
  socket: Duplex,
  request: IncomingMessage,
  response: IncomingMessage,
  upstream: Upstream,
  alarm: Alarm,
): Promise<void> {
  const status = response.statusCode ?? 0;
  const older = status === 404 && request.url?.startsWith("/rtc/v1");
  if (!older) alarm.raise(httpError(status, await bodyOf(response), endpointOf(upstream)));
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function forwardHttp(upstream: Upstream, request: IncomingMessage, response: ServerResponse, alarm: Alarm): void {
  const url = upstreamUrl(upstream, request);
  const { host: _, ...headers } = request.headers;
  const send = url.protocol === "wss:" ? tlsRequest : plainRequest;
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const forwarded = send(url, { method: request.method, headers, ...socketOptions(upstream) }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  forwarded.on("error", (error) => {
    alarm.raise(connectionError(error, endpointOf(upstream), "signalling"));
    response.writeHead(502).end();
  });
  request.pipe(forwarded);
}

function upstreamUrl(upstream: Upstream, request: IncomingMessage): URL {
  return joinServerUrl(upstream.url, request.url ?? "/");
}

/** Describes the server. @example "localhost:7880 at 192.0.2.7", if the connection goes to another address */
function endpointOf({ url, connectAddress }: Upstream): string {
  const { hostname, port, protocol } = new URL(url);
  const endpoint = `${hostname}:${port || (protocol === "wss:" ? 443 : 80)}`;
  return connectAddress === undefined || connectAddress === hostname ? endpoint : `${endpoint} at ${connectAddress}`;
}
