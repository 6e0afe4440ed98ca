import { command, joinName, runMain, wholeNumber } from "../lib/cli";
import { defaultTokenSeconds, joinToken, mostTokenSeconds } from "../lib/join-token";
import { print } from "../lib/print";
import { stackOutputs } from "../lib/stack-outputs";

runMain(async () => {
  const flags = command("token")
    .description("Prints a token that lets one participant join a room.")
    .requiredOption("--room <name>", "the room to join", joinName)
    .requiredOption("--identity <id>", "identity of the participant", joinName)
    .option("--name <name>", "display name of the participant", joinName)
    .option("--ttl-seconds <seconds>", "lifetime, at most a year", wholeNumber(mostTokenSeconds), defaultTokenSeconds)
    .option("--stack <name>", "the stack whose API key signs the token", "dev")
    .option("--json", "print the URL and the token as JSON")
    .parse()
    .opts<{ room: string; identity: string; name?: string; ttlSeconds: number; stack: string; json?: boolean }>();
  const { url, apiKey, apiSecret } = await stackOutputs(flags.stack);
  const jwt = await joinToken({ apiKey, apiSecret }, flags);
  print(flags.json ? JSON.stringify({ url, token: jwt }) : jwt);
  return 0;
});
