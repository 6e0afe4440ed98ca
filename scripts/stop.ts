import { Command } from "commander";
import { exitCodes, runMain } from "./cli";
import { mendState } from "./embedded-state";
import { openStack } from "./engine";
import { exclusively } from "./exclusive";
import { refuseFullDisk } from "./full-disk";
import { removeOrphans, volumeNames } from "./orphans";
import { renderer, shown } from "./progress";
import { ensureTools } from "./tools/index";

runMain(async () => {
  const { stack, volumes } = new Command("stop")
    .description("Takes the local stack down. Data and secrets stay.")
    .option("--stack <name>", "the stack to take down", "dev")
    .option("--volumes", "remove the stack's data volumes as well")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ stack: string; volumes?: boolean }>();
  return exclusively("npm stop", () => stop(stack, volumes === true));
});

async function stop(stack: string, volumes: boolean): Promise<number> {
  refuseFullDisk();
  const tools = await ensureTools({ renderer }).run();
  mendState(stack);
  const opened = await openStack(stack, tools);
  await removeOrphans(opened, tools.docker);
  const removed = volumes ? await volumeNames(opened) : [];
  await shown("Stack down", (following) => opened.destroy(following));
  for (const name of removed) await tools.docker.getVolume(name).remove({ force: true });
  return exitCodes.done;
}
