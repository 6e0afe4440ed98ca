import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { residentKib, watchFamily } from "../../../scripts/benchmark/processes";

const mebibytes = 64;

(existsSync("/proc/self/status") ? test : test.skip)(
  "a process and its child are seen as they were when they had most memory together, whatever has ended since",
  async () => {
    const child = `const all = Buffer.alloc(${mebibytes} << 20, 1); setTimeout(() => all.length, 600)`;
    const program = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}])`;
    const root = spawn(process.execPath, ["-e", program]);
    const seen = await watchFamily(root.pid ?? 0, once(root, "exit"));
    expect(seen.map(({ command }) => command)).toEqual(["node", "node"]);
    expect(residentKib(seen)).toBeGreaterThan(mebibytes * 1024);
  },
);
