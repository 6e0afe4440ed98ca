import { existsSync, readFileSync } from "node:fs";
import { type Check, CheckFailure } from "./check";

/** Sizes of UDP buffers in bytes. LiveKit logs a warning below `warnedBelow`, and recommends `wanted`. */
const bufferBytes = { warnedBelow: 5_000_000, wanted: 16_777_216 } as const;

const limits = ["rmem_max", "wmem_max"] as const;

/** Returns a check of the kernel's limits on UDP buffers. Small buffers lose packets under load. */
export function kernelCheck(readLimit = kernelLimit): Check {
  return {
    title: "kernel UDP buffers",
    fix: `Raise the limits with: sudo sysctl -w ${limits.map((name) => `net.core.${name}=${bufferBytes.wanted}`).join(" ")}`,
    ofMachine: true,
    run: async () => {
      const values = limits.map((name) => [name, readLimit(name)] as const);
      const short = values.filter(([, bytes]) => bytes !== undefined && bytes < bufferBytes.warnedBelow);
      if (short.length > 0) {
        const shown = short.map(([name, bytes]) => `net.core.${name} is ${bytes}`).join(", ");
        throw new CheckFailure(
          `${shown}: below ${bufferBytes.warnedBelow}, packets are lost under load`,
          undefined,
          "warning",
        );
      }
      const known = values.filter(([, bytes]) => bytes !== undefined);
      if (known.length === 0) return "not applicable: containers run in a virtual machine";
      return known.map(([name, bytes]) => `${name} ${bytes}`).join(", ");
    },
  };
}

/** Reads a limit in bytes. Undefined if the kernel has no such limit, as on other systems than Linux. */
function kernelLimit(name: (typeof limits)[number]): number | undefined {
  const file = `/proc/sys/net/core/${name}`;
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}
