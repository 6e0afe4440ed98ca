import { caFile } from "../../stacks/ca-file";
import { defaultCall, freshCallLink } from "../lib/call-link";
import { command, joinName, runMain, wholeNumber } from "../lib/cli";
import { isOnAws } from "../lib/load-stack";
import { stackOutputs } from "../lib/stack-outputs";
import { cannot } from "../toolchain/machine";

const mostParticipants = 8;

const help = `
The page is served by the stack's nginx. Whoever opens the link is the first participant, and invites the others from there.
The link holds a token for each of them and no key; whoever has it can join that one room until the tokens expire.

Exit code: 0 printed, 1 refused, 2 wrong usage.`;

interface Flags {
  readonly room: string;
  readonly participants: number;
  readonly ttlSeconds: number;
  readonly stack: string;
  readonly json?: boolean;
}

runMain(async () => {
  const flags = command("call")
    .description("Prints a link to a page that joins a room of the local stack from a browser.")
    .option("--room <name>", "the room to join", joinName, defaultCall.room)
    .option("--participants <count>", "how many may join", wholeNumber(mostParticipants), defaultCall.participants)
    .option("--ttl-seconds <seconds>", "how long joining is possible", wholeNumber(86_400), defaultCall.ttlSeconds)
    .option("--stack <name>", "the stack to call by", "dev")
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const { stack, json, ...call } = flags;
  if (isOnAws(stack)) {
    throw cannot(`stack ${stack}`, "is on AWS, where no call page is served", "Name a local stack with --stack");
  }
  const url = await freshCallLink(await stackOutputs(stack), call);
  const expires = new Date(Date.now() + 1000 * call.ttlSeconds);
  if (json) {
    console.log(JSON.stringify({ url, ...call, expires: expires.toISOString() }, undefined, 2));
    return 0;
  }
  console.log(url);
  console.error(
    `${call.participants} may join the room ${call.room} until ${expires.toLocaleTimeString()}, on devices that trust ${caFile}.`,
  );
  return 0;
});
