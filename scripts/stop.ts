import { Command } from "commander";
import { Listr } from "listr2";
import { runMain } from "./cli";
import { follow, openStack } from "./engine";
import { ensureTools } from "./tools/index";

const renderer = process.stdout.isTTY && !process.env["NO_COLOR"] ? "default" : "simple";

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
  await new Listr(
    [
      {
        title: "Stack down",
        task: (_, task) =>
          follow(
            (onEvent) => opened.destroy({ onEvent }),
            (line) => (task.output = line),
          ),
      },
    ],
    { renderer },
  ).run();
  if (volumes && namePrefix) await tools.docker.getVolume(`${namePrefix}-redis-data`).remove({ force: true });
  return 0;
});
