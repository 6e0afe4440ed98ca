import { renderTrustSteps } from "../../model/ca-trust";
import { caFile, formerCaFile } from "../../stacks/ca-file";
import { identifyCa, omittedNames, readCa, toDate } from "../../stacks/local-ca";
import { npm } from "./cli";
import { printError } from "./print";

/**
 * Runs work. If it replaced the CA, prints how to trust the new one, also after an error. If an earlier command retired
 * the CA and failed before it created the new one, work that creates the new one prints this.
 */
export async function withCaNotice<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = identifyCa(caFile) ?? identifyCa(formerCaFile);
  try {
    return await work();
  } finally {
    const ca = identifyCa(caFile);
    if (before && ca && ca.fingerprint !== before.fingerprint) {
      const steps = renderTrustSteps({ file: caFile, ca }, identifyCa(formerCaFile), process.platform);
      printError(`\nThe certificate authority (CA) is new.\n${steps}`);
    }
  }
}

/** Describes names that a stack's certificate omits, and a CA that may sign for every name. Empty for other CAs. */
export function caHints(stack: string, certificateNames: readonly string[]): readonly string[] {
  const ca = readCa();
  if (ca === undefined) return [];
  const replace = npm("start", { stack }, "--replace-ca");
  // A stolen key of a CA without name constraints could impersonate every site on the internet.
  if (!ca.constraints) return [`that CA may sign for every name until ${toDate(ca.end)}; restrict it: ${replace}`];
  const omitted = omittedNames(ca, certificateNames).filter((name) => /^[^.]/.test(name));
  return omitted.length > 0 ? [`the certificate omits ${omitted.join(", ")}: the CA may not sign for it`] : [];
}
