import { command, exitCodes, runMain } from "../lib/cli";
import { exclusively } from "../lib/exclusive";
import { printExactly } from "../lib/print";
import { pulumiEnvironment } from "../lib/pulumi-environment";
import { exportLines } from "../lib/shell";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePulumi } from "../toolchain/pulumi";

runMain(async () => {
  const { stack } = command("pulumi-env")
    .description(
      'Prints variables for a POSIX shell, with which plain pulumi uses the state of npm start: variables="$(npm run --silent pulumi-env)" && eval "$variables"',
    )
    .option("--stack <name>", "the default stack of pulumi in that shell", "dev")
    .parse()
    .opts<{ stack: string }>();
  return exclusively("npm run pulumi-env", async () => {
    const environment = await pulumiEnvironment(await ensurePulumi(thisMachine, toStandardError), stack);
    for (const line of exportLines(environment)) printExactly(`${line}\n`);
    return exitCodes.done;
  });
});
