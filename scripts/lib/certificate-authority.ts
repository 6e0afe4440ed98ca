import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import ipaddr from "ipaddr.js";
import { inputsKey } from "../../images/inputs";
import type { Certificate } from "../../model/service";
import { cannot } from "../../model/user-error";
import { caFile, caFolder } from "../../stacks/ca-file";
import { locked } from "../../stacks/cache";
import { newEnd } from "../../stacks/certificate-end";
import { moveAway } from "../../stacks/move-away";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";

const keyFile = join(caFolder, "authority.key");

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 24 * 60 * 60 * 1000;
const caDays = 3650;

x509.cryptoProvider.set(globalThis.crypto);

interface CertificateAuthority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/**
 * Issues a server certificate for DNS names and IP addresses. Creates the certificate authority first if there is none.
 * @param end expiry date, `YYYY-MM-DD`
 */
export async function issueCertificate(names: readonly string[], end = newEnd()): Promise<Certificate> {
  const ca = await locked(`certificate-authority-${inputsKey({ caFolder })}`, ensureCa);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer: ca.certificate.subject,
    ...validUntil(new Date(end)),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: ipaddr.isValid(value) ? "ip" : "dns", value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
    ],
  });
  return { chain: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}

/**
 * Loads or creates the CA. Runs under a lock: two concurrent first runs could otherwise combine the key of one run with
 * the certificate of the other.
 */
async function ensureCa(): Promise<CertificateAuthority> {
  return existsSync(caFile) ? loadCa() : createCa();
}

async function createCa(): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=LiveKit stack local authority",
    ...validUntil(new Date(Date.now() + caDays * day)),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  mkdirSync(caFolder, { recursive: true, mode: 0o700 });
  replaceFile(keyFile, await keyPem(keys.privateKey));
  // Writes the CA certificate last, so that a CA certificate on disk always has its key.
  replaceFile(caFile, `${certificate.toString("pem")}\n`, 0o644);
  return { certificate, key: keys.privateKey };
}

async function loadCa(): Promise<CertificateAuthority> {
  const [key, certificate] = [readText(keyFile), readText(caFile)];
  try {
    const der = x509.PemConverter.decodeFirst(key);
    return {
      certificate: new x509.X509Certificate(certificate),
      key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    };
  } catch {
    const fix = `Move the folder away, and trust the new CA that the next npm start creates: ${moveAway(caFolder)}`;
    throw cannot(caFolder, "the CA's folder has no readable key and certificate", fix);
  }
}

function validUntil(notAfter: Date): { notBefore: Date; notAfter: Date } {
  // The certificate is valid from an hour ago, because a phone's clock may be slow.
  return { notBefore: new Date(Date.now() - day / 24), notAfter };
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
