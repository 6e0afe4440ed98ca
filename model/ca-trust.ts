import { quoted } from "./shell";

/** Start of the common name of every local CA. Version 0.1.0 added nothing to it. */
const caName = "LiveKit stack local authority";

/** What identifies a CA in the devices' lists of trusted CAs. */
export interface CaIdentity {
  readonly commonName: string;
  /** SHA-1 fingerprint in hexadecimal, without colons. */
  readonly fingerprint: string;
}

/** Returns the common name of a CA. The creation time separates it from the CA that it replaces. */
export function renderCaName(created: Date): string {
  const [date = "", time = ""] = created.toISOString().split(/[T.]/);
  return `${caName} ${date}-${time.replaceAll(":", "")}`;
}

/** Returns the CA's name in NSS: `livekit-<creation time>`, or `livekit` for a CA of version 0.1.0. */
function nickname({ commonName }: CaIdentity): string {
  return commonName.replace(caName, "livekit").replace(" ", "-");
}

/** Returns the command by which this machine's browsers trust a CA; Firefox imports it in its settings. */
export function trustCommand(caFile: string, ca: CaIdentity, platform: NodeJS.Platform): string {
  if (platform === "win32") return `certutil -addstore -user Root ${caFile}`;
  if (platform === "darwin") return `sudo security add-trusted-cert -d -k ${macKeychain} ${caFile}`;
  return `certutil -d ${nssDatabase} -A -t C,, -n ${nickname(ca)} -i ${caFile}`;
}

/** Returns the command by which this machine's browsers stop trusting a CA. */
export function removalCommand(ca: CaIdentity, platform: NodeJS.Platform): string {
  if (platform === "win32") return `certutil -delstore -user Root ${ca.fingerprint}`;
  if (platform === "darwin") return `sudo security delete-certificate -Z ${ca.fingerprint} -t ${macKeychain}`;
  return `certutil -d ${nssDatabase} -D -n ${nickname(ca)}`;
}

const macKeychain = "/Library/Keychains/System.keychain";
const nssDatabase = "sql:$HOME/.pki/nssdb";

/** Describes an update that replaces the CA. */
export function renderNewCaPlan(reason: string): string {
  return `The update replaces the certificate authority (CA) of all stacks in this folder: ${reason}.
After the update, each browser and phone must trust the new CA: see "Trust the certificate" in README.md.`;
}

/** A CA and the file of its certificate. */
export interface CaInFile {
  readonly file: string;
  readonly ca: CaIdentity;
}

/** Describes what each device and stack must do after a CA has replaced another one. */
export function renderTrustSteps(current: CaInFile, former: CaIdentity | undefined, platform: NodeJS.Platform): string {
  const file = platform === "win32" ? `"${current.file}"` : quoted(current.file);
  const removal = former && `\n  remove the former CA    ${removalCommand(former, platform)}`;
  return `Each browser and phone must trust the new CA, ${current.file}, and stop trusting the former one.
On this machine:${removal ?? ""}
  trust the new CA        ${trustCommand(file, current.ca, platform)}
On other devices: see "Trust the certificate" in README.md.
Other stacks in this folder use the same CA: run npm start for each of them.`;
}
