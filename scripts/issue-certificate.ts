import { issueCertificate } from "./certificate-authority";

/** Prints `{chain, key}` for the comma-separated names in CERTIFICATE_NAMES, signed by this machine's own authority. */
async function main(): Promise<void> {
  const names = (process.env["CERTIFICATE_NAMES"] ?? "").split(",").filter((name) => name !== "");
  if (names.length === 0) throw new Error("CERTIFICATE_NAMES must hold at least one name");
  console.log(JSON.stringify(await issueCertificate(names)));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
