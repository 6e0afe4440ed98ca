import type Dockerode from "dockerode";
import { dataVolumes, volumeName } from "../model/service";
import { command, exitCodes, runMain } from "./cli";
import { repairState } from "./embedded-state";
import { openStack } from "./engine";
import { exclusively } from "./exclusive";
import { refuseFullDisk } from "./full-disk";
import { removeOrphans } from "./orphans";
import { isOnAws, namePrefix } from "./preflight";
import { renderer, shown } from "./progress";
import { engineFailure } from "./tools/docker";
import { ensureTools } from "./tools/index";
import { cannot } from "./tools/machine";

runMain(async () => {
  const { stack, volumes } = command("stop")
    .description("Takes the local stack down. Data and secrets stay.")
    .option("--stack <name>", "the stack to take down", "dev")
    .option("--volumes", "remove the stack's data volumes as well")
    .parse()
    .opts<{ stack: string; volumes?: boolean }>();
  if (isOnAws(stack)) {
    throw cannot(`stack ${stack}`, "is on AWS, and this is for stacks on this machine", `See "The end" in docs/aws.md`);
  }
  return exclusively("npm stop", () => stop(stack, volumes === true));
});

async function stop(stack: string, volumes: boolean): Promise<number> {
  refuseFullDisk();
  const tools = await ensureTools({ renderer }).run();
  repairState(stack);
  const opened = await openStack(stack, tools);
  await removeOrphans(opened, tools.docker);
  await shown("Stack down", (following) => opened.destroy(following));
  if (volumes) await removeVolumes(namePrefix(stack), tools.docker);
  return exitCodes.done;
}

/** By name: the state forgets a volume with the first stop. */
async function removeVolumes(prefix: string, docker: Dockerode): Promise<void> {
  for (const name of Object.values(dataVolumes).map((volume) => volumeName(prefix, volume))) {
    await docker
      .getVolume(name)
      .remove()
      .catch((error: Error & { statusCode?: number }) => {
        if (error.statusCode !== 404) throw engineFailure(`volume ${name}`, error);
      });
  }
}
