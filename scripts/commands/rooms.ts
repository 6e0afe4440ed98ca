import { RoomServiceClient } from "livekit-server-sdk";
import { cannot } from "../../model/user-error";
import { command, npm, runMain } from "../lib/cli";
import { isOnAws } from "../lib/load-stack";
import { print, printJson } from "../lib/print";
import { stackOutputs } from "../lib/stack-outputs";
import { textTable } from "../lib/table";

runMain(async () => {
  const { stack, json } = command("rooms")
    .description("Lists the rooms and their participants.")
    .option("--stack <name>", "the stack to query", "dev")
    .option("--json", "print JSON")
    .parse()
    .opts<{ stack: string; json?: boolean }>();
  const { url, apiKey, apiSecret } = await stackOutputs(stack);
  const client = new RoomServiceClient(url.replace(/^ws/, "http"), apiKey, apiSecret);
  const rooms = await listRooms(client).catch((error: Error) => {
    const fix = isOnAws(stack)
      ? `Find the cause with: ${npm("doctor", { stack })}`
      : `Apply the stack's configuration with: ${npm("start", { stack })}`;
    throw cannot(url, whatItSaid(error), fix);
  });
  if (json) printJson(rooms);
  else if (rooms.length === 0) print("No rooms.");
  else {
    const rows = rooms.map(({ name, since, participants }) => [name, since, participants.join(", ")]);
    print(textTable(["room", "since", "participants"], rows));
  }
  return 0;
});

async function listRooms(client: RoomServiceClient) {
  const rooms = await client.listRooms();
  return Promise.all(
    rooms.map(async ({ name, creationTime }) => ({
      name,
      since: new Date(Number(creationTime) * 1000).toISOString(),
      participants: (await client.listParticipants(name)).map(({ identity }) => identity),
    })),
  );
}

/** Describes a failed request. Node.js reports the reason only in the error's `cause`. */
function whatItSaid({ message, cause }: Error): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === undefined ? `answered: ${message}` : `does not answer (${code})`;
}
