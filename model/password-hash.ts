import { createHmac } from "node:crypto";
import bcrypt from "bcryptjs";

/** bcrypt's lowest: the passwords are random and long, so that nobody guesses them however quickly. */
const rounds = 4;
const saltBytes = 16;

/**
 * bcrypt's hash, as Prometheus and its exporters take a password. The salt follows from the password: a random one would
 * change the file, and restart its service, at every rendering.
 */
export function passwordHash(password: string): string {
  const salt = createHmac("sha256", password).update("salt").digest().subarray(0, saltBytes);
  return bcrypt.hashSync(password, `$2b$${String(rounds).padStart(2, "0")}$${bcrypt.encodeBase64(salt, saltBytes)}`);
}
