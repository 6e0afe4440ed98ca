import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import type { Check } from "./state";

/** Health state of one target. */
interface Watch {
  readonly timer: NodeJS.Timeout;
  healthy: boolean;
  /** True once the target has been healthy. Before that, one success makes the target healthy. */
  known: boolean;
  /** Consecutive results that contradict the current health. */
  against: number;
}

/** Runs health checks, each at its own interval. */
export class HealthChecks {
  private readonly watches = new Map<string, Watch>();

  /** @param changed called whenever a target's health changes */
  constructor(private readonly changed: () => void) {}

  /** Returns a target's health, or undefined if it isn't checked. */
  healthy(key: string): boolean | undefined {
    return this.watches.get(key)?.healthy;
  }

  /** Replaces the set of running checks. */
  watch(checks: readonly Check[]): void {
    const wanted = new Map(checks.map((check) => [check.key, check]));
    for (const [key, { timer }] of this.watches) {
      if (wanted.has(key)) continue;
      clearInterval(timer);
      this.watches.delete(key);
    }
    for (const [key, check] of wanted) if (!this.watches.has(key)) this.begin(check);
  }

  private begin(check: Check): void {
    const ask = () => answers(check).then((well) => this.evaluate(check, watch, well));
    const watch: Watch = {
      timer: setInterval(ask, check.intervalSeconds * 1000),
      healthy: check.initially,
      known: check.initially,
      against: 0,
    };
    this.watches.set(check.key, watch);
    ask();
  }

  /**
   * Applies one result. A new, unhealthy target becomes healthy after one success. All other changes need as many
   * consecutive results as the threshold.
   */
  private evaluate(check: Check, watch: Watch, well: boolean): void {
    if (this.watches.get(check.key) !== watch) return;
    watch.against = well === watch.healthy ? 0 : watch.against + 1;
    const threshold = well ? check.healthyThreshold : check.unhealthyThreshold;
    if (watch.against < (watch.known ? threshold : 1)) return;
    Object.assign(watch, { healthy: well, known: true, against: 0 });
    this.changed();
  }
}

/** Reports whether a target accepts a connection, or responds with a healthy status code. */
function answers(check: Check): Promise<boolean> {
  const { address: host, port, path, protocol, timeoutSeconds, codes, from: localAddress, hostname } = check;
  const timeout = timeoutSeconds * 1000;
  return new Promise((resolve) => {
    if (protocol === "tcp") {
      const socket = connect({ host, port, timeout, localAddress });
      const end = (well: boolean) => {
        socket.destroy();
        resolve(well);
      };
      socket
        .on("connect", () => end(true))
        .on("timeout", () => end(false))
        .on("error", () => end(false));
      return;
    }
    // Load balancers don't validate the certificate (AWS's guide to network load balancers, "health checks").
    const named = hostname && { servername: hostname, headers: { host: hostname } };
    const options = {
      host,
      port,
      path,
      timeout,
      localAddress,
      rejectUnauthorized: false,
      agent: false,
      ...named,
    } as const;
    const request = (protocol === "https" ? https : http).get(options, (response) => {
      response.resume();
      resolve(matches(codes, response.statusCode ?? 0));
    });
    request
      .on("timeout", () => request.destroy(new Error("the health check timed out")))
      .on("error", () => resolve(false));
  });
}

/** Reports whether a status code matches a comma-separated list of codes and ranges. */
function matches(codes: string, status: number): boolean {
  return codes.split(",").some((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return status >= first && status <= last;
  });
}
