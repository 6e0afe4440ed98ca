import { on } from "node:events";
import { SignalResponse } from "@livekit/protocol";
import { AccessToken } from "livekit-server-sdk";
import WebSocket, { type ClientOptions } from "ws";
import type { ApiKey } from "../../model/settings/secrets";

/** Returns a token for one participant of the tests' room. */
export function joinToken({ key, secret }: ApiKey, identity = "listener"): Promise<string> {
  const token = new AccessToken(key, secret, { identity });
  token.addGrant({ room: "signalling-test", roomJoin: true });
  return token.toJwt();
}

/**
 * Joins a room and yields the server's signalling messages. It leaves when the caller stops iterating, and ends when the
 * connection closes.
 * @param options such as the client's own address. @default none
 * @throws Error with the HTTP status if the server rejects the join
 */
export async function* join(
  url: string,
  token: string,
  options: ClientOptions = {},
): AsyncGenerator<SignalResponse["message"]> {
  const socket = new WebSocket(`${url}/rtc?protocol=15&auto_subscribe=1&access_token=${token}`, options);
  try {
    for await (const [data] of on(socket, "message", { close: ["close"] }))
      yield SignalResponse.fromBinary(data as Buffer).message;
  } finally {
    socket.close();
  }
}
