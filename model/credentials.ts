import { createHmac } from "node:crypto";

/** Time-limited TURN credentials, in the form that a WebRTC client takes. */
export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
  /** In seconds. */
  readonly ttl: number;
}

/**
 * Creates credentials for Coturn's `use-auth-secret`: the username is `expiry:name`, the password its HMAC-SHA1 in
 * base64.
 * @param ttlSeconds lifetime
 */
export function turnCredentials(name: string, secret: string, ttlSeconds = 86_400, now = new Date()): TurnCredentials {
  const username = `${Math.floor(now.getTime() / 1000) + ttlSeconds}:${name}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64"), ttl: ttlSeconds };
}
