import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordingProxy {
  /** Each received request as `METHOD target`. The proxy rejects all of them. */
  readonly requests: string[];
  /** All environment variables that set a proxy. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** Starts an HTTP proxy on loopback that forwards nothing. */
export async function openRecordingProxy(): Promise<RecordingProxy> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(403).end();
  });
  server.on("connect", (request, socket) => {
    requests.push(`CONNECT ${request.url}`);
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  return {
    requests,
    environment: Object.fromEntries(names.map((name) => [name, url])),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
