import { Command } from "commander";
import { runMain } from "./cli";
import { openStack } from "./engine";
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
  const tools = await ensureTools({ renderer }).run();
  const opened = await openStack(stack, tools);
  const namePrefix = (await opened.outputs())["namePrefix"]?.value as string | undefined;
  await shown("Stack down", (onEvent) => opened.destroy({ onEvent }));
  if (volumes && namePrefix) await tools.docker.getVolume(`${namePrefix}-redis-data`).remove({ force: true });
  return 0;
});
