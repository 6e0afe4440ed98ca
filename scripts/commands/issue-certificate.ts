import { rememberEnd } from "../../stacks/certificate-end";
import { issueCertificate } from "../lib/certificate-authority";
import { runMain } from "../lib/cli";
import { printExactly } from "../lib/print";

/**
 * Prints `{chain, key}` of a certificate for the comma-separated names in CERTIFICATE_NAMES. This machine's own CA
 * signs it, and it expires at CERTIFICATE_END. Records that time for the stack that the argument names.
 */
runMain(async () => {
  const { CERTIFICATE_NAMES = "", CERTIFICATE_END: end = "", PULUMI_COMMAND_STDOUT: issued } = process.env;
  // Pulumi sets PULUMI_COMMAND_STDOUT to the previous output when it updates the resource. An update changes only the
  // command line, so this prints the same certificate again. If the names or the end date change, Pulumi replaces the
  // resource instead.
  if (issued) {
    printExactly(`${issued}\n`);
    return 0;
  }
  const [stack] = process.argv.slice(2);
  const names = CERTIFICATE_NAMES.split(",").filter((name) => name !== "");
  if (names.length === 0) throw new Error("CERTIFICATE_NAMES is empty; it must list at least one name or address");
  if (Number.isNaN(Date.parse(end))) throw new Error(`CERTIFICATE_END is "${end}"; it must be a date in ISO format`);
  const certificate = await issueCertificate(names, end);
  if (stack) rememberEnd(stack, end);
  printExactly(`${JSON.stringify(certificate)}\n`);
  return 0;
});
