import { cannot } from "../../model/user-error";
import { caFile } from "../../stacks/ca-file";
import { defaultCall, freshCallLink } from "../lib/call-link";
import { command, joinName, runMain, wholeNumber } from "../lib/cli";
import { isOnAws } from "../lib/load-stack";
import { print, printError, printJson } from "../lib/print";
import { stackOutputs } from "../lib/stack-outputs";

const mostParticipants = 8;

const help = `
The stack's nginx serves the page. The user who opens the link is the first participant, and invites the others from there.
The link contains a token for each participant and no key. Anyone with the link can join that one room until the tokens expire.

Exit code: 0 printed, 1 failed, 2 wrong usage.`;

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
    .option(
      "--participants <count>",
      "number of participants that can join",
      wholeNumber(mostParticipants),
      defaultCall.participants,
    )
    .option("--ttl-seconds <seconds>", "how long the link is valid", wholeNumber(86_400), defaultCall.ttlSeconds)
    .option("--stack <name>", "the stack to use", "dev")
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const { stack, json, ...call } = flags;
  if (isOnAws(stack)) {
    throw cannot(
      `stack ${stack}`,
      "the stack is on AWS, but only local stacks serve a call page",
      "Choose a local stack with --stack",
    );
  }
  const url = await freshCallLink(await stackOutputs(stack), call);
  const expires = new Date(Date.now() + 1000 * call.ttlSeconds);
  if (json) {
    printJson({ url, ...call, expires: expires.toISOString() });
    return 0;
  }
  print(url);
  printError(
    `${call.participants} participants can join room ${call.room} until ${expires.toLocaleTimeString(undefined, { timeStyle: "long" })}, on devices that trust ${caFile}.`,
  );
  return 0;
});
