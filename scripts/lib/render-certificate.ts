import type { Certificate } from "../../model/service";
import { cannot } from "../../model/user-error";
import { planCertificate } from "../../stacks/certificate-end";
import { toDate } from "../../stacks/local-ca";
import { caHints } from "./ca-notice";
import { issueCertificate } from "./certificate-authority";
import { npm } from "./cli";
import { printError } from "./print";

/**
 * Issues a certificate for a rendered stack, and prints when it expires. Does not replace a CA: the running stacks of
 * this folder have its certificates.
 * @throws UserError if the CA must be replaced
 */
export async function issueRendered(stack: string, certificateNames: readonly string[]): Promise<Certificate> {
  const { end, newCaReason } = planCertificate(stack, certificateNames);
  if (newCaReason) {
    const because = `the CA must be replaced before it signs a certificate: ${newCaReason}`;
    throw cannot("certificate authority (CA)", because, `Replace it with: ${npm("start", { stack })}`);
  }
  const certificate = await issueCertificate(certificateNames, end);
  printError(`The certificate expires on ${toDate(new Date(end))}.`);
  for (const hint of caHints(stack, certificateNames)) printError(hint);
  return certificate;
}
