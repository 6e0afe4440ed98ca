import { createHmac } from "node:crypto";

/** Time-limited TURN credentials, as a WebRTC client takes them. */
export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
  /** Seconds. */
  readonly ttl: number;
}

/**
 * Coturn's `use-auth-secret` credentials: the user name is `expiry:name`, the password its HMAC-SHA1 in base64.
 * @param ttlSeconds lifetime; the seed's default is a day
 */
export function turnCredentials(name: string, secret: string, ttlSeconds = 86_400, now = new Date()): TurnCredentials {
  const username = `${Math.floor(now.getTime() / 1000) + ttlSeconds}:${name}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64"), ttl: ttlSeconds };
}
