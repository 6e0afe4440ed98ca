import { fleetBenchmark } from "../benchmark/fleet-report";
import { startupBenchmark } from "../benchmark/startup-report";
import { command, runMain, wholeNumber } from "../lib/cli";
import { print, printJson } from "../lib/print";
import { toStandardError } from "../toolchain/output";

runMain(async () => {
  const { fleet, rounds, json } = command("benchmark")
    .description(
      "Measures the program's start-up time against an empty JavaScript program on the same engine; with --fleet, the time of a preview from one AWS node to eight regions of sixteen nodes.",
    )
    .option("--fleet", "measure previews of the smallest and the largest stack on the AWS simulator")
    .option("--rounds <number>", "measured rounds per program or stack", wholeNumber(100), 6)
    .option("--json", "print the figures as JSON")
    .parse()
    .opts<{ fleet?: boolean; rounds: number; json?: boolean }>();
  const { figures, table, reached } = await (fleet ? fleetBenchmark : startupBenchmark)(rounds, toStandardError);
  if (json) printJson(figures);
  else print(table);
  return reached ? 0 : 1;
});
