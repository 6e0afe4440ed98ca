// @peculiar/x509 needs this import and does not load it itself.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

/** Creates a self-signed certificate whose lifetime has partly passed, in the format of the stack's secret. */
export async function agedCertificate(
  names: readonly string[],
  { lifeDays, daysLeft }: { readonly lifeDays: number; readonly daysLeft: number },
): Promise<{ readonly chain: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const end = Date.now() + daysLeft * dayMs;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=aged",
    notBefore: new Date(end - lifeDays * dayMs),
    notAfter: new Date(end),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    chain: `${certificate.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}
