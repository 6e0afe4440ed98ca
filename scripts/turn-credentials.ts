import { Command, InvalidArgumentError } from "commander";
import { turnCredentials } from "../model/credentials";
import { runMain } from "./cli";
import { stackOutputs } from "./stack-outputs";

runMain(async () => {
  const flags = new Command("turn-credentials")
    .description("Prints time-limited credentials for the TURN relay, as JSON.")
    .requiredOption("--user <name>", "whose they are; shows in the relay's log")
    .option("--ttl-seconds <seconds>", "lifetime, at most a day", lifetime, 86_400)
    .option("--stack <name>", "the stack whose relay it is", "dev")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ user: string; ttlSeconds: number; stack: string }>();
  const { turnSecret, turnHost } = await stackOutputs(flags.stack);
  const credentials = turnCredentials(flags.user, turnSecret, flags.ttlSeconds);
  console.log(JSON.stringify({ host: turnHost, ...credentials }, undefined, 2));
  return 0;
});

function lifetime(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError("a whole number of seconds from 1 to 86400");
}
