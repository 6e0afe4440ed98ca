import { turnCredentials } from "../model/credentials";
import { command, runMain, wholeNumber } from "./cli";
import { stackOutputs } from "./stack-outputs";

runMain(async () => {
  const flags = command("turn-credentials")
    .description("Prints time-limited credentials for the TURN relay, as JSON.")
    .requiredOption("--user <name>", "whose they are; shows in the relay's log")
    .option("--ttl-seconds <seconds>", "lifetime, at most a day", wholeNumber(86_400), 86_400)
    .option("--stack <name>", "the stack whose relay it is", "dev")
    .parse()
    .opts<{ user: string; ttlSeconds: number; stack: string }>();
  const { turnSecret, turnHost } = await stackOutputs(flags.stack);
  const credentials = turnCredentials(flags.user, turnSecret, flags.ttlSeconds);
  console.log(JSON.stringify({ host: turnHost, ...credentials }, undefined, 2));
  return 0;
});
