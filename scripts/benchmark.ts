import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { measureStartup } from "./benchmark/startup";
import { runMain } from "./cli";
import { ensureTools } from "./tools/index";

/** The program's start-up may cost this much of an empty program's. */
const reach = 1.3;

interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

runMain(async () => {
  const { rounds, json } = new Command("benchmark")
    .description(
      "Measures what the program's own start-up costs, against an empty JavaScript program on the same engine.",
    )
    .option("--rounds <number>", "measured rounds of each side", parseRounds, 6)
    .option("--json", "print the figures as JSON")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ rounds: number; json?: boolean }>();
  const tools = await ensureTools({ renderer: "silent" }).run();
  const measured = await measureStartup(tools, rounds, console.error);
  const [ours, empty] = [summary(measured.ours), summary(measured.empty)];
  const ratio = ours.medianMs / empty.medianMs;
  console.log(json ? JSON.stringify({ ours, empty, ratio, reach }, undefined, 2) : table(ours, empty, ratio));
  return ratio <= reach ? 0 : 1;
});

function table(ours: Summary, empty: Summary, ratio: number): string {
  const rows = new Table({ head: ["start-up", "median", "least", "most"], style: { head: [], border: [] } });
  const cells = ({ medianMs, minMs, maxMs }: Summary) => [medianMs, minMs, maxMs].map((ms) => `${ms.toFixed(0)} ms`);
  rows.push(["this program", ...cells(ours)], ["an empty one", ...cells(empty)]);
  return `${rows.toString()}\n${ratio.toFixed(2)} times an empty program's; ${reach} is to be reached`;
}

function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    medianMs: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    minMs: at(0),
    maxMs: at(sorted.length - 1),
  };
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) throw new InvalidArgumentError("1 to 100");
  return rounds;
}
