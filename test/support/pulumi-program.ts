import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { skipResultQueries } from "../../scripts/lib/engine";
import { localFolder, projectName } from "../../stacks/env";
import { program } from "../../stacks/program";

/**
 * Program that does what `pulumi up`, `preview` and `destroy` do, for engines without the Node.js language plugin. The
 * Automation API runs the program in this process, in the stack's folder, with the user's backend.
 */
async function run([command = "", ...flags]: readonly string[]): Promise<void> {
  const stackName = process.env["PULUMI_STACK"] ?? "prod";
  const selected = await LocalWorkspace.selectStack({ stackName, projectName, program }, { workDir: localFolder });
  const stack = skipResultQueries(selected, { outputs: false });
  const onOutput = (text: string) => process.stdout.write(text);
  const continueOnError = flags.includes("--continue-on-error");
  if (command === "up") await stack.up({ onOutput, continueOnError });
  else if (command === "preview") await stack.preview({ onOutput });
  else if (command === "destroy") await stack.destroy({ onOutput });
  else throw new Error(`pulumi ${command} needs no program`);
}

run(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
