import { TurnErrorResponse } from "../../../scripts/doctor/allocation";
import { overTcp, PeeringClient } from "../turn";

/**
 * Program: takes a relay address of the relay at the first argument, `address:port`, and prints as JSON what each peer of
 * the other arguments is answered: a refusal's code, or 0. USERNAME and PASSWORD are the credentials.
 */
async function ask([relay = "", ...peers]: readonly string[]): Promise<Record<string, number[]>> {
  const [host = "", port] = relay.split(":");
  const { USERNAME: username = "", PASSWORD: password = "" } = process.env;
  // Over TCP the relay's answers are never limited, and closing gives the relay address back.
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
