import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

/** A container as the engine lists it. */
export interface FakeContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status?: "running" | "paused";
}

/** A Docker engine on a socket: it lists containers by their labels and status, and remembers what else it is asked. */
export class FakeEngine {
  readonly asked: string[] = [];
  containers: readonly FakeContainer[] = [];
  /** Paths of questions that it answers with an error. */
  fails: readonly string[] = [];
  private readonly socket: string;
  private readonly server: Server;

  constructor(folder: string) {
    this.socket = join(folder, "docker.sock");
    this.server = createServer(({ method, url = "" }, response) => {
      const { pathname, searchParams } = new URL(url, "http://engine");
      const path = pathname.replace(/^\/v[\d.]+/, "");
      response.setHeader("Content-Type", "application/json");
      if (this.fails.includes(path)) return response.writeHead(500).end('{"message": "is broken"}');
      if (method === "GET") return response.end(JSON.stringify(this.answer(path, searchParams.get("filters"))));
      this.asked.push(`${method} ${path}`);
      this.containers = this.containers.map((each) =>
        path === `/containers/${each.id}/unpause` ? running(each) : each,
      );
      return response.writeHead(204).end();
    });
  }

  /** What reaches it as DOCKER_HOST. */
  get host(): string {
    return `unix://${this.socket}`;
  }

  async start(): Promise<void> {
    await once(this.server.listen(this.socket), "listening");
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(path: string, filters: string | null): unknown {
    const inspected = this.containers.find(({ id }) => path === `/containers/${id}/json`);
    if (inspected) {
      return { Id: inspected.id, State: { Status: inspected.status ?? "running" }, NetworkSettings: { Networks: {} } };
    }
    if (path !== "/containers/json") return path === "/networks" ? [] : {};
    const { label = [], status }: { label?: string[]; status?: string[] } = JSON.parse(filters ?? "{}");
    return this.containers
      .filter(({ labels }) => label.every((each) => matches(labels, each)))
      .filter((container) => status === undefined || status.includes(container.status ?? "running"))
      .map(({ id, labels }) => ({ Id: id, Names: [`/${id}`], Labels: labels }));
  }
}

function running(container: FakeContainer): FakeContainer {
  return { ...container, status: "running" };
}

function matches(labels: FakeContainer["labels"], filter: string): boolean {
  const [name = "", value] = filter.split(/=(.*)/s);
  return value === undefined ? name in labels : labels[name] === value;
}
