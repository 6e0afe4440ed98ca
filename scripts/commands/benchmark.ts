import { fleetBenchmark } from "../benchmark/fleet-report";
import { startupBenchmark } from "../benchmark/startup-report";
import { command, runMain, wholeNumber } from "../lib/cli";
import { toStandardError } from "../toolchain/output";

runMain(async () => {
  const { fleet, rounds, json } = command("benchmark")
    .description(
      "Measures what the program's own start-up costs, against an empty JavaScript program on the same engine; with --fleet, what a preview costs from one node on AWS to eight regions of sixteen.",
    )
    .option("--fleet", "previews of the smallest and the largest stack, on a simulated account")
    .option("--rounds <number>", "measured rounds of each side", wholeNumber(100), 6)
    .option("--json", "print the figures as JSON")
    .parse()
    .opts<{ fleet?: boolean; rounds: number; json?: boolean }>();
  const { figures, table, reached } = await (fleet ? fleetBenchmark : startupBenchmark)(rounds, toStandardError);
  console.log(json ? JSON.stringify(figures, undefined, 2) : table);
  return reached ? 0 : 1;
});
