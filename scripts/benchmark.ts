import { Command, InvalidArgumentError } from "commander";
import { fleetBenchmark } from "./benchmark/fleet-report";
import { startupBenchmark } from "./benchmark/startup-report";
import { runMain } from "./cli";

runMain(async () => {
  const { fleet, rounds, json } = new Command("benchmark")
    .description(
      "Measures what the program's own start-up costs, against an empty JavaScript program on the same engine; with --fleet, what a preview costs from one node on AWS to eight regions of sixteen.",
    )
    .option("--fleet", "previews of the smallest and the largest stack, on a simulated account")
    .option("--rounds <number>", "measured rounds of each side", parseRounds, 6)
    .option("--json", "print the figures as JSON")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ fleet?: boolean; rounds: number; json?: boolean }>();
  const { figures, table, reached } = await (fleet ? fleetBenchmark : startupBenchmark)(rounds, console.error);
  console.log(json ? JSON.stringify(figures, undefined, 2) : table);
  return reached ? 0 : 1;
});

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) throw new InvalidArgumentError("1 to 100");
  return rounds;
}
