import { on } from "node:events";
import { SignalResponse } from "@livekit/protocol";
import { AccessToken } from "livekit-server-sdk";
import WebSocket from "ws";
import type { ApiKey } from "../../model/settings/secrets";

/** Returns a token for one participant of the tests' room. */
export function joinToken({ key, secret }: ApiKey, identity = "listener"): Promise<string> {
  const token = new AccessToken(key, secret, { identity });
  token.addGrant({ room: "signalling-test", roomJoin: true });
  return token.toJwt();
}

/**
 * Joins a room and yields the server's signalling messages. It leaves when the caller stops iterating.
 * @throws Error with the HTTP status if the server rejects the join
 */
export async function* join(url: string, token: string): AsyncGenerator<SignalResponse["message"]> {
  const socket = new WebSocket(`${url}/rtc?protocol=15&auto_subscribe=1&access_token=${token}`);
  try {
    for await (const [data] of on(socket, "message")) yield SignalResponse.fromBinary(data as Buffer).message;
  } finally {
    socket.close();
  }
}
