import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import type { Check } from "./state";

/** What is known of one target so far. */
interface Watch {
  readonly timer: NodeJS.Timeout;
  healthy: boolean;
  /** Whether it was ever well. */
  known: boolean;
  /** Answers in a row that speak against the verdict. */
  against: number;
}

/** Asks targets for their health as often as each wants it. */
export class HealthChecks {
  private readonly watches = new Map<string, Watch>();

  /** @param changed is called at every verdict that differs from the one before */
  constructor(private readonly changed: () => void) {}

  /** The verdict on a target, undefined where none is asked. */
  healthy(key: string): boolean | undefined {
    return this.watches.get(key)?.healthy;
  }

  /** Asks these from now on, and no others. */
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

  /** A new target is well at its first good answer; from then on a verdict takes as many as the thresholds say. */
  private evaluate(check: Check, watch: Watch, well: boolean): void {
    if (this.watches.get(check.key) !== watch) return;
    watch.against = well === watch.healthy ? 0 : watch.against + 1;
    const threshold = well ? check.healthyThreshold : check.unhealthyThreshold;
    if (watch.against < (watch.known ? threshold : 1)) return;
    Object.assign(watch, { healthy: well, known: true, against: 0 });
    this.changed();
  }
}

/** Whether a target takes a connection, or answers with a status of health. */
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
    // A load balancer does not look at the certificate (AWS's guide to network load balancers, "health checks").
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
    request.on("timeout", () => request.destroy(new Error("no answer in time"))).on("error", () => resolve(false));
  });
}

/** Single codes and ranges, with commas between. */
function matches(codes: string, status: number): boolean {
  return codes.split(",").some((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return status >= first && status <= last;
  });
}
