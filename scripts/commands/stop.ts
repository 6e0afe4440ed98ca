import type Dockerode from "dockerode";
import { engineFailure } from "../../model/errors/engine-failure";
import { dataVolumes, volumeName } from "../../model/service";
import { cannot } from "../../model/user-error";
import { rejectFullDisk } from "../../stacks/full-disk";
import { stateFile } from "../lib/backend";
import { command, exitCodes, runMain } from "../lib/cli";
import { forgetState, repairState } from "../lib/embedded-state";
import { openStack } from "../lib/engine";
import { exclusively } from "../lib/exclusive";
import { isOnAws, namePrefix } from "../lib/load-stack";
import { removeAll, removeOrphans } from "../lib/orphans";
import { removeEncrypted } from "../lib/passphrase";
import { printError } from "../lib/print";
import { renderer, shown } from "../lib/progress";
import { forgetSettings } from "../lib/restore";
import { findEngine } from "../toolchain/docker";
import { ensureTools } from "../toolchain/index";
import { thisMachine } from "../toolchain/machine";

runMain(async () => {
  const {
    stack,
    volumes,
    forgetState: forgets,
  } = command("stop")
    .description("Takes the local stack down. Data and secrets stay.")
    .option("--stack <name>", "the stack to take down", "dev")
    .option("--volumes", "also remove the stack's data volumes")
    .option("--forget-state", "take it down without its state, if its passphrase is lost")
    .parse()
    .opts<{ stack: string; volumes?: boolean; forgetState?: boolean }>();
  if (isOnAws(stack)) {
    throw cannot(
      `stack ${stack}`,
      "the stack is on AWS, but this command is only for stacks on this machine",
      `See "Destroy the stack" in docs/aws.md`,
    );
  }
  return exclusively("npm stop", () => (forgets ? forget(stack, volumes) : stop(stack, volumes)));
});

async function stop(stack: string, volumes = false): Promise<number> {
  rejectFullDisk();
  const tools = await ensureTools({ renderer }).run();
  repairState(stack);
  const opened = await openStack(stack, tools);
  await removeOrphans(opened, tools.docker);
  await shown("Stack down", (following) => opened.destroy(following));
  if (volumes) await removeVolumes(namePrefix(stack), tools.docker);
  return exitCodes.done;
}

/**
 * Takes the stack down without Pulumi, which can't read the state. Removes containers first, so that a failed run
 * can be repeated.
 */
async function forget(stack: string, volumes = false): Promise<number> {
  const state = stateFile(stack);
  if (state === undefined) {
    throw cannot(
      "--forget-state",
      "the state of this stack is not on this machine",
      "Take the stack down with: npm stop",
    );
  }
  const { docker } = await findEngine();
  await removeAll(stack, docker);
  const left = forgetState(stack, state);
  if (left !== undefined) printError(`The state is kept in ${left}`);
  forgetSettings(stack);
  const keys = removeEncrypted(stack);
  if (keys.length > 0) printError(`Removed from the stack's file: ${keys.join(", ")}`);
  if (volumes) await removeVolumes(namePrefix(stack), docker);
  return exitCodes.done;
}

/** Removes volumes by name: an earlier `npm stop` has removed them from the state, but kept them on disk. */
async function removeVolumes(prefix: string, docker: Dockerode): Promise<void> {
  for (const name of Object.values(dataVolumes).map((volume) => volumeName(prefix, volume))) {
    await docker
      .getVolume(name)
      .remove()
      .then(() => printError(`Removed the volume ${name}`))
      .catch((error: Error & { statusCode?: number }) => {
        if (error.statusCode !== 404) throw engineFailure(`volume ${name}`, error, thisMachine);
      });
  }
}
