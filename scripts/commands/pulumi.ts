import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { cannot } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { exitCodes, npm, runMain } from "../lib/cli";
import { exclusively } from "../lib/exclusive";
import { endingByItself, interrupted } from "../lib/interruption";
import { isOnAws } from "../lib/load-stack";
import { print } from "../lib/print";
import { pulumiEnvironment } from "../lib/pulumi-environment";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePulumi, type PulumiCli } from "../toolchain/pulumi";

const usage = `Usage: npm run pulumi -- [pulumi's own arguments]

Runs the Pulumi CLI that npm start uses, on the same state, for machines without pulumi on PATH.
The default stack is dev.

  npm run pulumi -- config set livekit:nodes 2
  npm run pulumi -- --help      pulumi's own help`;

runMain(async () => {
  const args = process.argv.slice(2);
  if (args.length === 0) {
    print(usage);
    return exitCodes.usage;
  }
  return exclusively("npm run pulumi", () => pulumi(args));
});

/** Maps Pulumi commands to our own equivalents, which need no Pulumi language host for Node.js. */
const ownCommands: Readonly<Record<string, string>> = { preview: "preview", up: "start", update: "start" };

/** @throws UserError if the command runs the program, but this Pulumi CLI lacks the language host for it */
function rejectProgram(verb: string, { command }: PulumiCli, stack: string): void {
  const own = ownCommands[verb];
  const languageHost = "pulumi-language-nodejs";
  const isThere = thisMachine.which(languageHost) !== undefined || existsSync(join(dirname(command), languageHost));
  if (own === undefined || isThere) return;
  const instead =
    isOnAws(stack) && own === "start"
      ? "Install Pulumi: https://www.pulumi.com/docs/install/"
      : `Use: ${npm(own, { stack })}`;
  throw cannot(
    `pulumi ${verb}`,
    `this command needs ${languageHost}, which is not installed and which no package registry provides`,
    instead,
  );
}

async function pulumi(args: string[]): Promise<number> {
  const options = { stack: { type: "string", short: "s" } } as const;
  const { values, positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  const stack = typeof values.stack === "string" ? values.stack : (process.env["PULUMI_STACK"] ?? "dev");
  const cli = await ensurePulumi(thisMachine, toStandardError);
  rejectProgram(positionals[0] ?? "", cli, stack);
  const env = { ...process.env, ...(await pulumiEnvironment(cli, stack)) };
  return endingByItself(async () => {
    const child = spawn(cli.command, args, { cwd: projectFolder, stdio: "inherit", env });
    // The terminal sends Ctrl-C to this process and to Pulumi. Only this process receives a SIGTERM or notices the loss
    // of the stack's lock, so it must then end Pulumi.
    const ctrlC = 128 + constants.signals.SIGINT;
    interrupted.addEventListener("abort", () => interrupted.reason.exitCode === ctrlC || child.kill());
    const [code] = await once(child, "close");
    return code ?? exitCodes.failed;
  });
}
