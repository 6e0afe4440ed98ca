import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BasicConstraintsExtension, PemConverter, X509CertificateGenerator } from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Writes the local CA that version 0.1.0 created: for ten years, and without name constraints. */
export async function writeUnconstrainedCa(home: string, days = 3650): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=LiveKit stack local authority",
    notAfter: new Date(Date.now() + days * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const folder = join(home, ".state/authority");
  mkdirSync(folder, { recursive: true });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  writeFileSync(join(folder, "authority.key"), PemConverter.encode(key, "PRIVATE KEY"));
  writeFileSync(join(folder, "authority.crt"), certificate.toString("pem"));
}
