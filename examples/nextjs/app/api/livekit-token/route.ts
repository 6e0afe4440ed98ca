import { AccessToken } from "livekit-server-sdk";

/** Token lifetime in seconds: the time that a user has to join. A running call may last longer. */
const ttl = 3600;

/** Longest room, identity and name that LiveKit accepts, in bytes of UTF-8. */
const maxBytes = 256;

/**
 * Handles `POST /api/livekit-token` with `{"room": "standup", "identity": "42", "name": "Ada"}`. Responds with the
 * values that a client needs to join: `{"url": "wss://...", "token": "..."}`.
 *
 * A caller that can choose an identity can replace another participant. Before you publish this route, take the
 * identity from your session, and check that its user may enter the room.
 */
export async function POST(request: Request): Promise<Response> {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = process.env;
  if (!url || !key || !secret) {
    return answer(500, { error: "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set" });
  }
  const { room, identity, name = identity } = await members(request);
  for (const [member, value] of Object.entries({ room, identity, name })) {
    if (!isText(value)) return answer(400, { error: `${member} must be a text of 1 to ${maxBytes} bytes` });
  }
  const token = new AccessToken(key, secret, { identity: identity as string, name: name as string, ttl });
  token.addGrant({ room: room as string, roomJoin: true, canPublish: true, canSubscribe: true });
  return answer(200, { url, token: await token.toJwt() });
}

/** Returns the members of the JSON body. Empty if the body is not a JSON object. */
async function members(request: Request): Promise<Record<string, unknown>> {
  const body: unknown = await request.json().catch(() => undefined);
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && Buffer.byteLength(value) <= maxBytes;
}

/** Returns a JSON response that no cache may store, because a token is only for the client that requested it. */
function answer(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
