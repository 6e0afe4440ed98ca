import { AccessToken } from "livekit-server-sdk";
import { sessionCheck } from "./session";

/** Token lifetime in seconds: the time that a user has to join. A running call may last longer. */
const ttl = 600;

/** Longest room, identity and name that LiveKit accepts, in bytes of UTF-8. */
const maxBytes = 256;
const allowed = `must be a text of 1 to ${maxBytes} bytes`;

const missingCheck =
  "sessionCheck is undefined, so this route issues no tokens. Set it in app/api/livekit-token/session.ts";

/**
 * Handles `POST /api/livekit-token` with `{"room": "standup"}`. Responds with the values that a client needs to join:
 * `{"url": "wss://...", "token": "..."}`.
 *
 * Identity and name come from the session alone: a client that can choose its identity can replace another participant.
 */
export async function POST(request: Request): Promise<Response> {
  if (sessionCheck === undefined) return answer(501, { error: missingCheck });
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = process.env;
  if (!url || !key || !secret) {
    return answer(500, { error: "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set" });
  }
  const user = await sessionCheck.findUser(request);
  if (!user) return answer(401, { error: "the request has no valid session" });
  const { identity, name = identity } = user;
  for (const [member, value] of Object.entries({ identity, name })) {
    if (!isText(value)) return answer(500, { error: `${member} of the session's user ${allowed}` });
  }
  const room = await readRoom(request);
  if (!isText(room)) return answer(400, { error: `room ${allowed}` });
  if (!(await sessionCheck.mayJoin(user, room))) return answer(403, { error: "the user may not join this room" });
  const token = new AccessToken(key, secret, { identity, name, ttl });
  token.addGrant({ room, roomJoin: true, canPublish: true, canSubscribe: true });
  return answer(200, { url, token: await token.toJwt() });
}

/** Returns the member `room` of the JSON body. Undefined if the body is not a JSON object with that member. */
async function readRoom(request: Request): Promise<unknown> {
  const body: unknown = await request.json().catch(() => undefined);
  return typeof body === "object" && body !== null && "room" in body ? body.room : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && Buffer.byteLength(value) <= maxBytes;
}

/** Returns a JSON response that no cache may store, because a token is only for the client that requested it. */
function answer(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
