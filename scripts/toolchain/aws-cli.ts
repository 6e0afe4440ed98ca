import { chmod, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readInputs } from "../../images/inputs";
import { CommandFailure } from "../../model/errors/command-failure";
import { knowsEndpoint, lowestAws } from "../../model/operator-tools";
import { cannot } from "../../model/user-error";
import { cached } from "../../stacks/cache";
import type { Machine, Progress } from "./machine";
import { NoPip, pipInstall } from "./pip";

/** Returns a folder for PATH, whose `aws` supports AWS_ENDPOINT_URL: the installed AWS CLI, else one from PyPI. */
export async function ensureAwsCli(machine: Machine, progress: Progress): Promise<string> {
  const onPath = machine.which("aws");
  if (onPath && (await isNewEnough(onPath, machine))) return dirname(onPath);
  if (onPath) progress(`${onPath} is too old, or does not report its version: not used`);
  return cached(
    "aws-cli",
    { ...readInputs(join(__dirname, "aws-cli"), ["requirements.txt"]), launcher },
    async (target) => {
      progress("downloading the AWS CLI from PyPI (20 MB)");
      const requirements = join(__dirname, "aws-cli/requirements.txt");
      await pipInstall(join(target, "packages"), requirements, machine, progress);
      await writeFile(join(target, "aws"), launcher);
      await chmod(join(target, "aws"), 0o755);
    },
    progress,
  ).catch((error: unknown) => {
    if (!(error instanceof CommandFailure) && !(error instanceof NoPip)) throw error;
    throw cannot(
      "the aws command",
      `the AWS CLI ${lowestAws[2]} or later is not on PATH, and can't be installed from PyPI: ${error.message}`,
      "Install the AWS CLI (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html), then run the command again",
    );
  });
}

/** Launcher for `aws`. The launcher that pip creates would look for the packages in Python's folder. */
const launcher = `#!/bin/sh
folder=$(dirname -- "$(readlink -f -- "$0")")
PYTHONPATH="$folder/packages" exec python3 -m awscli "$@"
`;

async function isNewEnough(command: string, machine: Machine): Promise<boolean> {
  const said = await machine.run(command, ["--version"]).catch((error: unknown) => {
    if (error instanceof CommandFailure) return "";
    throw error;
  });
  return knowsEndpoint(said);
}
