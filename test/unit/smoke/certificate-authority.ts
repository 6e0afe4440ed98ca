// Required by @peculiar/x509, which does not import it itself.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

export interface CertificateAuthority {
  /** The CA's certificate, PEM. */
  readonly ca: string;
  /** Certificate and key of a server with the name, PEM. */
  readonly server: { readonly cert: string; readonly key: string };
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

const hourMs = 3_600_000;

/**
 * Creates a private CA and a certificate for one name.
 * @param hours lifetime of both; only the last hour is left
 */
export async function createCa(dnsName: string, hours = 1): Promise<CertificateAuthority> {
  const [root, leaf] = await Promise.all([makeKeys(), makeKeys()]);
  const end = Date.now() + hourMs;
  const dates = { notBefore: new Date(end - hours * hourMs - 60_000), notAfter: new Date(end) };
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...dates,
    name: "CN=Test CA",
    keys: root,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const cert = await X509CertificateGenerator.create({
    ...dates,
    subject: `CN=${dnsName}`,
    issuer: ca.subject,
    publicKey: leaf.publicKey,
    signingKey: root.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: dnsName }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", leaf.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  return { ca: ca.toString("pem"), server: { cert: cert.toString("pem"), key } };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}
