import { type EngineAnswer, type EngineRequest, EngineServer } from "./engine-server";

/**
 * A Docker engine that starts without images and reaches no registry. It accepts builds without running them, and has
 * the images afterwards. It rejects containers and networks, because a command only creates them once it has all of its
 * images.
 */
export class EmptyEngine extends EngineServer {
  /** Names of the engine's images. */
  readonly images = new Set<string>();
  /** The engine's error when a client creates a container or a network. */
  static readonly rejection = "this engine creates images alone";

  protected answer({ method, path, parameters }: EngineRequest): EngineAnswer {
    const request = `${method} ${path}`;
    const image = /^GET \/images\/(.+)\/json$/.exec(request)?.[1];
    if (image !== undefined) return this.having([decodeURIComponent(image)], { Id: `sha256:${image}` });
    if (request === "GET /images/get") return this.having(parameters.getAll("names"), "an archive of them");
    if (request === "POST /build") return this.build(parameters);
    if (request === "POST /images/create") return [500, { message: "no registry is reachable" }];
    if (/^(GET|HEAD) \/_ping$/.test(request)) return [200, "OK"];
    if (request === "GET /info") return [200, { OperatingSystem: "Debian", Architecture: "x86_64" }];
    if (/^GET \/(containers\/json|images\/json)$/.test(request)) return [200, []];
    if (request === "GET /networks") return [200, []];
    if (request === "GET /volumes") return [200, { Volumes: [] }];
    if (/^(GET|DELETE) /.test(request)) return [404, { message: `no such object: ${request}` }];
    return [500, { message: EmptyEngine.rejection }];
  }

  /** Fails if the image named by the Dockerfile's `FROM ${BASE}` is missing. */
  private build(parameters: URLSearchParams): EngineAnswer {
    const { BASE } = JSON.parse(parameters.get("buildargs") ?? "{}") as { BASE?: string };
    if (BASE !== undefined && !this.images.has(BASE)) return [404, { message: `No such image: ${BASE}` }];
    this.images.add(parameters.get("t") ?? "");
    return [200, { stream: "built" }];
  }

  private having(names: readonly string[], body: unknown): EngineAnswer {
    const missing = names.find((name) => !this.images.has(name));
    return missing === undefined ? [200, body] : [404, { message: `No such image: ${missing}` }];
  }
}
