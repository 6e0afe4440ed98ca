import { Option } from "commander";
import { primaryRegion } from "../../model/aws/plan";
import { assess } from "../../model/capacity/assess";
import { mermaid } from "../../model/capacity/diagram";
import { capErrors, fitErrors } from "../../model/capacity/fit";
import { defaultTurnShare, qualities } from "../../model/capacity/load";
import { throwIfAny } from "../../model/user-error";
import { command, exitCodes, runMain, withReachableCommands } from "../lib/cli";
import { withStackInFixes } from "../lib/load-stack";
import { printColored, printExactly, printJson } from "../lib/print";
import { hasColor } from "../lib/terminal";
import { loadContext } from "../plan/context";
import { costsOf } from "../plan/costs";
import { type LoadFlags, statedLoad } from "../plan/load";
import { renderReport } from "../plan/report";

interface Flags extends LoadFlags {
  readonly stack: string;
  readonly json?: boolean;
  readonly diagram?: boolean;
}

const help = `
Without flags, the load is livekit:expectedLoad. Each figure has a range: cautious, expected and best. In JSON, the number of
nodes is null if no number is enough.

--turn-share is ${defaultTurnShare * 100} by default. Peer-to-peer services relay 15 to 22% of their calls; here the server
has its own address, and only networks that allow neither UDP nor TCP 7881 out need TURN.

Exit code: 0 the stack carries the load, or no load is given; 1 it does not, or the command failed; 2 wrong usage.`;

runMain(async () => {
  const flags = command("plan")
    .description("Estimates a stack's capacity, the nodes that a load needs, and the monthly cost on AWS.")
    .option("--stack <name>", "the stack to plan with", "dev")
    .option("--rooms <number>", "concurrent rooms")
    .option("--participants <number>", "participants per room")
    .option("--publishers <number>", "publishers per room; by default all participants")
    .option("--quality <name>", `what they publish: ${qualities.join(", ")}`)
    .option("--turn-share <percent>", "share of participants that need the relay")
    .option("--hours <number>", "hours per month with this load; by default all")
    .addOption(new Option("--diagram", "print the stack as a Mermaid flowchart instead").conflicts("json"))
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const { stack, settings, sites, fleet, aws } = await loadContext(flags.stack);
  if (flags.diagram) {
    printExactly(mermaid(fleet, aws));
    return exitCodes.done;
  }
  const { load, hours, source } = statedLoad(flags, settings.expectedLoad);
  const assessment = assess(sites, load);
  const errors = [...capErrors(settings.room, load, source), ...fitErrors(assessment.sites, load, source)];
  withStackInFixes(stack, () => throwIfAny(errors));
  const report = {
    stack,
    hours,
    assessment,
    ...(aws && { costs: costsOf(assessment, settings, primaryRegion(aws).name, hours) }),
  };
  const width = Math.min(process.stdout.columns ?? 80, 120);
  if (flags.json) printJson(report);
  else printColored(withReachableCommands(renderReport(report, { color: hasColor, width })));
  return assessment.headroom === "short" ? exitCodes.failed : exitCodes.done;
});
