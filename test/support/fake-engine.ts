import { join } from "node:path";
import { type EngineAnswer, type EngineRequest, EngineServer } from "./engine-server";

/** A container as the engine lists it. */
export interface FakeContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status?: "running" | "paused";
}

/** A Docker engine that lists containers by their labels and status, and records requests that change something. */
export class FakeEngine extends EngineServer {
  /** Requests that change something, each as `METHOD path`. */
  readonly changes: string[] = [];
  containers: readonly FakeContainer[] = [];
  /** Paths that the engine answers with an error. */
  fails: readonly string[] = [];

  constructor(folder: string) {
    super(join(folder, "docker.sock"));
  }

  protected answer({ method, path, parameters }: EngineRequest): EngineAnswer {
    if (this.fails.includes(path)) return [500, { message: "is broken" }];
    if (method === "GET") return [200, this.read(path, parameters.get("filters"))];
    this.changes.push(`${method} ${path}`);
    this.containers = this.containers.map((each) =>
      path === `/containers/${each.id}/unpause` ? { ...each, status: "running" } : each,
    );
    return [204];
  }

  private read(path: string, filters: string | null): unknown {
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

function matches(labels: FakeContainer["labels"], filter: string): boolean {
  const [name = "", value] = filter.split(/=(.*)/s);
  return value === undefined ? name in labels : labels[name] === value;
}
