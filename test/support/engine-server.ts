import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

/** A request to the Docker engine's API. */
export interface EngineRequest {
  readonly method: string;
  /** Path without the API version. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** Status and body. The body is sent as JSON unless it is a Buffer. */
export type EngineAnswer = readonly [status: number, body?: unknown];

/** A server on a Unix socket that implements the Docker engine's API, without any containers. */
export abstract class EngineServer {
  private readonly server = createServer(async (request, response) => {
    await once(request.resume(), "end");
    const [status, body] = this.answer(parse(request));
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });

  constructor(private readonly socket: string) {}

  protected abstract answer(request: EngineRequest): EngineAnswer;

  /** Value for DOCKER_HOST. */
  get dockerHost(): string {
    return `unix://${this.socket}`;
  }

  async start(): Promise<void> {
    await once(this.server.listen(this.socket), "listening");
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

function parse({ method = "", url = "" }: IncomingMessage): EngineRequest {
  const { pathname, searchParams } = new URL(url, "http://engine");
  return { method, path: pathname.replace(/^\/v[\d.]+/, ""), parameters: searchParams };
}
