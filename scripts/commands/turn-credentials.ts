import { awsFleet } from "../../model/aws/plan";
import { turnCredentials } from "../../model/credentials";
import type { Fleet } from "../../model/fleet";
import { iceServer, turnServers } from "../../model/turn-servers";
import { command, joinName, runMain, wholeNumber } from "../lib/cli";
import { awsPlanFromFile, isOnAws, placeholderSecrets, planFromFile } from "../lib/load-stack";
import { printJson } from "../lib/print";
import { stackOutputs } from "../lib/stack-outputs";

runMain(async () => {
  const flags = command("turn-credentials")
    .description("Prints time-limited credentials for the TURN relay, with its URLs, as JSON: an RTCIceServer.")
    .requiredOption("--user <name>", "user of the credentials; appears in the relay's log", joinName)
    .option("--ttl-seconds <seconds>", "lifetime, at most a day", wholeNumber(86_400), 86_400)
    .option("--stack <name>", "the stack of the relay", "dev")
    .parse()
    .opts<{ user: string; ttlSeconds: number; stack: string }>();
  const { turnSecret, turnHost } = await stackOutputs(flags.stack);
  const fleet = await fleetOf(flags.stack);
  const servers = turnServers(fleet, fleet.nodes[0], { plain: turnHost, secure: turnHost });
  printJson(iceServer(servers, turnCredentials(flags.user, turnSecret, flags.ttlSeconds)));
  return 0;
});

/** Plans the stack with placeholder secrets: its TURN ports depend only on settings. */
async function fleetOf(stack: string): Promise<Fleet> {
  const placeholders = placeholderSecrets(stack);
  return isOnAws(stack)
    ? awsFleet(awsPlanFromFile(stack, placeholders))
    : (await planFromFile(stack, placeholders)).fleet;
}
