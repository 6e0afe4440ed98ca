import { AccessToken } from "livekit-server-sdk";
import type { Outputs } from "../../model/outputs";

/** Default lifetime of a token, in seconds. */
export const defaultTokenSeconds = 3600;

/** Longest lifetime of a token: a year, because a token can't be revoked. */
export const mostTokenSeconds = 365 * 86_400;

/** A participant, and the room that they may join. */
export interface Joiner {
  readonly room: string;
  readonly identity: string;
  /** The participant's name, as other participants see it. */
  readonly name?: string;
  readonly ttlSeconds: number;
  /** Whether the participant may choose their name after joining. @default false */
  readonly choosesName?: boolean;
}

/** Signs a token that lets one participant join a room, publish and subscribe. */
export function joinToken(
  { apiKey, apiSecret }: Pick<Outputs, "apiKey" | "apiSecret">,
  joiner: Joiner,
): Promise<string> {
  const { room, identity, name, ttlSeconds: ttl, choosesName } = joiner;
  const token = new AccessToken(apiKey, apiSecret, { identity, ttl, ...(name && { name }) });
  token.addGrant({
    room,
    roomJoin: true,
    canPublish: true,
    canSubscribe: true,
    ...(choosesName && { canUpdateOwnMetadata: true }),
  });
  return token.toJwt();
}
