import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/**
 * A Docker engine that begins without images and reaches no registry. It takes builds, without running them, and knows from
 * then on what was built. Containers and networks it refuses to create: what asks for them has all its images.
 */
export class EmptyEngine {
  /** Names of the images that it has. */
  readonly images = new Set<string>();
  /** What it says to those who want to create something other than an image. */
  static readonly refusal = "this engine creates images alone";
  private readonly server: Server;

  constructor(private readonly socket: string) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

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

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://engine");
    const [status, body] = this.decide(`${request.method} ${pathname.replace(/^\/v[\d.]+/, "")}`, searchParams);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  }

  private decide(asked: string, parameters: URLSearchParams): [number, unknown] {
    const image = /^GET \/images\/(.+)\/json$/.exec(asked)?.[1];
    if (image !== undefined) return this.having([decodeURIComponent(image)], { Id: `sha256:${image}` });
    if (asked === "GET /images/get") return this.having(parameters.getAll("names"), "an archive of them");
    if (asked === "POST /build") return this.build(parameters);
    if (asked === "POST /images/create") return [500, { message: "no registry can be reached" }];
    if (/^(GET|HEAD) \/_ping$/.test(asked)) return [200, "OK"];
    if (asked === "GET /info") return [200, { OperatingSystem: "Debian", Architecture: "x86_64" }];
    if (/^GET \/(containers\/json|images\/json)$/.test(asked)) return [200, []];
    if (asked === "GET /networks") return [200, []];
    if (asked === "GET /volumes") return [200, { Volumes: [] }];
    if (/^(GET|DELETE) /.test(asked)) return [404, { message: `no such object: ${asked}` }];
    return [500, { message: EmptyEngine.refusal }];
  }

  /** As a Dockerfile's `FROM ${BASE}` would: what it builds on must be there. */
  private build(parameters: URLSearchParams): [number, unknown] {
    const { BASE } = JSON.parse(parameters.get("buildargs") ?? "{}") as { BASE?: string };
    if (BASE !== undefined && !this.images.has(BASE)) return [404, { message: `No such image: ${BASE}` }];
    this.images.add(parameters.get("t") ?? "");
    return [200, { stream: "built" }];
  }

  private having(names: readonly string[], body: unknown): [number, unknown] {
    const missing = names.find((name) => !this.images.has(name));
    return missing === undefined ? [200, body] : [404, { message: `No such image: ${missing}` }];
  }
}
