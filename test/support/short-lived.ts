import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate of nobody's authority, as the secret of a stack holds one. */
export function shortLived(names: readonly string[], days: number): { readonly chain: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), "livekit-certificate-"));
  const [key, chain] = [join(folder, "key.pem"), join(folder, "chain.pem")];
  const subject = ["-subj", "/CN=short", "-addext", `subjectAltName=${names.map((name) => `DNS:${name}`)}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-days", `${days}`, ...subject, "-keyout", key, "-out", chain], {
    stdio: "ignore",
  });
  const pair = { chain: readFileSync(chain, "utf8"), key: readFileSync(key, "utf8") };
  rmSync(folder, { recursive: true });
  return pair;
}
