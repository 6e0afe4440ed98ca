import { command, joinName, runMain, wholeNumber } from "../lib/cli";
import { defaultTokenSeconds, joinToken, mostTokenSeconds } from "../lib/join-token";
import { stackOutputs } from "../lib/stack-outputs";

runMain(async () => {
  const flags = command("token")
    .description("Prints a token that lets one participant join a room.")
    .requiredOption("--room <name>", "the room to join", joinName)
    .requiredOption("--identity <id>", "who joins", joinName)
    .option("--name <name>", "the name others see", joinName)
    .option("--ttl-seconds <seconds>", "lifetime, at most a year", wholeNumber(mostTokenSeconds), defaultTokenSeconds)
    .option("--stack <name>", "the stack whose key signs", "dev")
    .option("--json", "print the URL and the token as JSON")
    .parse()
    .opts<{ room: string; identity: string; name?: string; ttlSeconds: number; stack: string; json?: boolean }>();
  const { url, apiKey, apiSecret } = await stackOutputs(flags.stack);
  const jwt = await joinToken({ apiKey, apiSecret }, flags);
  console.log(flags.json ? JSON.stringify({ url, token: jwt }) : jwt);
  return 0;
});
