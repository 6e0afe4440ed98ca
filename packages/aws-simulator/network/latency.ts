import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { lateClass } from "./state";

/** netem queue limit in packets. No rehearsal has that many in flight. */
const queuePackets = 100_000;
/** HTB quantum: bytes that a class may send per turn. The default, which HTB derives from the rate, is too large. */
const quantumBytes = 60_000;

/** Adds latency to interfaces of the gateway. */
export class Latency {
  /** Interface index and delay last applied, by interface name. */
  private readonly given = new Map<string, string>();
  private can: boolean | undefined;

  /** Reports whether this kernel can delay packets. Tries it on a temporary veth pair. */
  get possible(): boolean {
    this.can ??= attempt();
    return this.can;
  }

  /**
   * Delays packets of {@link lateClass} on these interfaces. Applies the delay again to interfaces that were recreated.
   */
  apply(names: readonly string[], milliseconds: number): void {
    for (const name of names) {
      const index = `/sys/class/net/${name}/ifindex`;
      if (!existsSync(index)) continue;
      const wanted = `${readFileSync(index, "utf8").trim()} ${milliseconds}`;
      if (this.given.get(name) === wanted) continue;
      delay(name, milliseconds);
      this.given.set(name, wanted);
    }
  }
}

function delay(name: string, milliseconds: number): void {
  const rate = ["htb", "rate", "100gbit", "quantum", `${quantumBytes}`];
  const netem = ["netem", "delay", `${milliseconds}ms`, "limit", `${queuePackets}`];
  tc("qdisc", "replace", "dev", name, "root", "handle", "1:", "htb", "default", "1");
  tc("class", "replace", "dev", name, "parent", "1:", "classid", "1:1", ...rate);
  tc("class", "replace", "dev", name, "parent", "1:", "classid", lateClass, ...rate);
  tc("qdisc", "replace", "dev", name, "parent", lateClass, "handle", "2:", ...netem);
}

function attempt(): boolean {
  const [name, peer] = ["probe0", "probe1"];
  execFileSync("ip", ["link", "add", name, "type", "veth", "peer", "name", peer]);
  try {
    delay(name, 1);
    return true;
  } catch {
    return false;
  } finally {
    execFileSync("ip", ["link", "delete", name]);
  }
}

function tc(...args: readonly string[]): void {
  execFileSync("tc", args, { stdio: "pipe" });
}
