import { TurnErrorResponse } from "../../../scripts/doctor/allocation";
import { overTcp, PeeringClient } from "../turn";

/**
 * Program: allocates a relay address at the relay of the first argument, `address:port`. Prints as JSON the relay's
 * answer for each peer in the other arguments: an error code, or 0. USERNAME and PASSWORD are the credentials.
 */
async function ask([relay = "", ...peers]: readonly string[]): Promise<Record<string, number[]>> {
  const [host = "", port] = relay.split(":");
  const { USERNAME: username = "", PASSWORD: password = "" } = process.env;
  // Over TCP the relay does not rate-limit its answers, and closing the connection releases the allocation.
  const client = new PeeringClient(await overTcp(host, Number(port)), { username, password, ttl: 0 });
  const answers: Record<string, number[]> = {};
  await client.allocate();
  for (const peer of peers) {
    answers[peer] = [await codeOf(client.permit(peer)), await codeOf(client.bindChannel(peer))];
  }
  client.close();
  return answers;
}

async function codeOf(request: Promise<unknown>): Promise<number> {
  try {
    await request;
    return 0;
  } catch (error) {
    if (error instanceof TurnErrorResponse) return error.code;
    throw error;
  }
}

ask(process.argv.slice(2)).then((answers) => console.log(JSON.stringify(answers)));
