import { monitoringPorts } from "../../model/ports/internal";

/** One value of a query's result. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Rule {
  readonly name: string;
  readonly state: "inactive" | "pending" | "firing";
  /** Whether Prometheus could evaluate the rule. */
  readonly health: "ok" | "err" | "unknown";
}

export interface Target {
  readonly health: "up" | "down" | "unknown";
  readonly labels: Readonly<Record<string, string>>;
  readonly lastError: string;
}

/** Client of a monitored stack's Prometheus, with its password. */
export class Prometheus {
  constructor(private readonly password: string) {}

  /** Evaluates a PromQL expression now. @throws Error with Prometheus' message */
  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.ask<{ result: { metric: Sample["metric"]; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    );
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  async rules(): Promise<Rule[]> {
    return (await this.ask<{ groups: { rules: Rule[] }[] }>("rules")).groups.flatMap(({ rules }) => rules);
  }

  async targets(): Promise<Target[]> {
    return (await this.ask<{ activeTargets: Target[] }>("targets")).activeTargets;
  }

  private async ask<T>(path: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${monitoringPorts.prometheus}/api/v1/${path}`, {
      headers: { authorization: basic("admin", this.password) },
    });
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** Returns the header for basic authentication. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
