import { createHmac } from "node:crypto";
import bcrypt from "bcryptjs";

/** bcrypt's minimum. More rounds are not needed, because the passwords are long and random. */
const rounds = 4;
const saltBytes = 16;

/**
 * Returns a bcrypt hash, which Prometheus and its exporters expect. The salt is derived from the password. A random
 * salt would change the file, and so restart the service, at every rendering.
 */
export function passwordHash(password: string): string {
  const salt = createHmac("sha256", password).update("salt").digest().subarray(0, saltBytes);
  return bcrypt.hashSync(password, `$2b$${String(rounds).padStart(2, "0")}$${bcrypt.encodeBase64(salt, saltBytes)}`);
}
