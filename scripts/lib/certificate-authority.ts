import { dayMs } from "../../model/time";
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import ipaddr from "ipaddr.js";
import { inputsKey } from "../../images/inputs";
import { renderCaName } from "../../model/ca-trust";
import { type NameConstraints, planConstraints, requiredNames } from "../../model/name-constraints";
import type { Certificate } from "../../model/service";
import { cannot } from "../../model/user-error";
import { caFile, caFolder, formerCaFile } from "../../stacks/ca-file";
import { locked } from "../../stacks/cache";
import { omittedNames, readCa, retireCa } from "../../stacks/local-ca";
import { moveAway } from "../../stacks/move-away";
import { encodeNameConstraints, nameConstraintsId, readNameConstraints } from "../../stacks/name-constraints-extension";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";

const keyFile = join(caFolder, "authority.key");

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

x509.cryptoProvider.set(globalThis.crypto);

interface CertificateAuthority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  /** @default the CA may sign for every name */
  readonly constraints?: NameConstraints;
}

/**
 * Issues a server certificate for DNS names and IP addresses. Omits names of the machine that the CA may not sign for.
 * If the CA is missing, expires before the certificate, or may not sign for a name that clients need, creates a CA that
 * expires with the certificate.
 * @param end expiry date or time in ISO format
 * @throws UserError if no name is left
 */
export async function issueCertificate(names: readonly string[], end: string): Promise<Certificate> {
  const notAfter = new Date(end);
  const ca = await locked(`certificate-authority-${inputsKey({ caFolder })}`, () => ensureCa(names, notAfter));
  const omitted = omittedNames(ca, names);
  const covered = names.filter((name) => !omitted.includes(name));
  if (covered.length === 0) {
    const rule = "the CA may sign for none of the certificate's names";
    throw cannot(`certificate for ${names.join(", ")}`, rule, "Set livekit:domain or livekit:publicAddress");
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${covered[0]}`,
    issuer: ca.certificate.subject,
    ...validUntil(notAfter),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        covered.map((value) => ({ type: ipaddr.isValid(value) ? "ip" : "dns", value })),
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
async function ensureCa(names: readonly string[], notAfter: Date): Promise<CertificateAuthority> {
  const current = existsSync(caFile) ? await loadCa() : undefined;
  const canSign = current && omittedNames(current, requiredNames(names)).length === 0;
  if (canSign && current.certificate.notAfter >= notAfter) return current;
  const former = current ?? readCa(formerCaFile);
  return createCa(planConstraints(names, former?.constraints), notAfter);
}

async function createCa(constraints: NameConstraints, notAfter: Date): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${renderCaName(new Date())}`,
    ...validUntil(notAfter),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      // Name constraints do not apply to signatures of code. Windows and macOS trust a CA for these too.
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.Extension(nameConstraintsId, true, encodeNameConstraints(constraints)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  mkdirSync(caFolder, { recursive: true, mode: 0o700 });
  // Renames the CA certificate first and writes it last, so that a CA certificate on disk always has its key.
  retireCa();
  replaceFile(keyFile, await keyPem(keys.privateKey));
  replaceFile(caFile, `${certificate.toString("pem")}\n`, 0o644);
  return { certificate, key: keys.privateKey, constraints };
}

async function loadCa(): Promise<CertificateAuthority> {
  const [key, pem] = [readText(keyFile), readText(caFile)];
  try {
    const der = x509.PemConverter.decodeFirst(key);
    const certificate = new x509.X509Certificate(pem);
    const constraints = readNameConstraints(certificate.rawData);
    return {
      certificate,
      key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
      ...(constraints && { constraints }),
    };
  } catch {
    const fix = `Move the folder away, and trust the new CA that the next npm start creates: ${moveAway(caFolder)}`;
    throw cannot(caFolder, "the CA's folder has no readable key and certificate", fix);
  }
}

function validUntil(notAfter: Date): { notBefore: Date; notAfter: Date } {
  // The certificate is valid from an hour ago, because a phone's clock may be slow.
  return { notBefore: new Date(Date.now() - dayMs / 24), notAfter };
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
