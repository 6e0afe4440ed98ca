import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { projectFolder } from "../stacks/env";
import { exitCodes, runMain } from "./cli";
import { engineEnvironment, openStack } from "./engine";
import { thisMachine } from "./tools/machine";
import { ensurePlugins } from "./tools/plugins";
import { ensurePulumi } from "./tools/pulumi";

const usage = `Usage: npm run pulumi -- [pulumi's own arguments]

Runs the Pulumi CLI that npm start uses, on the same state: for a machine that has none on its PATH.
The stack is dev where none is named.

  npm run pulumi -- config set livekit:nodes 2
  npm run pulumi -- --help      pulumi's own help`;

runMain(async () => {
  const args = process.argv.slice(2);
  if (args.length === 0) {
    console.log(usage);
    return exitCodes.usage;
  }
  const { values } = parseArgs({ args, options: { stack: { type: "string", short: "s" } }, strict: false });
  const stack = typeof values.stack === "string" ? values.stack : (process.env["PULUMI_STACK"] ?? "dev");
  const pulumi = await ensurePulumi(thisMachine, console.error);
  const tools = { pulumi, pluginPath: await ensurePlugins(pulumi, thisMachine, () => {}) };
  // A stack that has never been up has to be there before its configuration can be set.
  await openStack(stack, tools);
  const env = { ...process.env, PULUMI_STACK: stack, ...engineEnvironment(tools) };
  const [code] = await once(spawn(pulumi.command, args, { cwd: projectFolder, stdio: "inherit", env }), "close");
  return code ?? exitCodes.failed;
});
