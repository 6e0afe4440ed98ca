import { textTable } from "../lib/table";
import { ensureTools } from "../toolchain/index";
import { measureStartup } from "./startup";
import { cells, type Measured, summary } from "./summary";

/** Target: this program's start-up takes at most this many times as long as the start-up of an empty program. */
const reach = 1.3;

/** Compares the start-up time of this program with the start-up time of an empty program. */
export async function startupBenchmark(rounds: number, progress: (line: string) => void): Promise<Measured> {
  const tools = await ensureTools({ renderer: "silent" }).run();
  const measured = await measureStartup(tools, rounds, progress);
  const [ours, empty] = [summary(measured.ours), summary(measured.empty)];
  const ratio = ours.median / empty.median;
  const rows = [
    ["this program", ...cells(ours, "ms")],
    ["an empty one", ...cells(empty, "ms")],
  ];
  const table = textTable(["start-up", "median", "least", "most"], rows);
  return {
    figures: { unit: "ms", ours, empty, ratio, reach },
    table: `${table}\n${ratio.toFixed(2)} times an empty program's time (target: ${reach})`,
    reached: ratio <= reach,
  };
}
