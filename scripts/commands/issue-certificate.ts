import { rememberEnd } from "../../stacks/certificate-end";
import { issueCertificate } from "../lib/certificate-authority";
import { runMain } from "../lib/cli";

/**
 * Prints `{chain, key}` for the comma-separated names in CERTIFICATE_NAMES, signed by this machine's own CA. It expires
 * on CERTIFICATE_END. The argument names the stack for which it records that date.
 */
runMain(async () => {
  const { CERTIFICATE_NAMES = "", CERTIFICATE_END: end, PULUMI_COMMAND_STDOUT: issued } = process.env;
  // Set on an update, where only this command line has changed: keeps the certificate. Changed names or a changed end
  // replace the resource instead.
  if (issued) {
    console.log(issued);
    return 0;
  }
  const [stack] = process.argv.slice(2);
  const names = CERTIFICATE_NAMES.split(",").filter((name) => name !== "");
  if (names.length === 0) throw new Error("CERTIFICATE_NAMES is empty; it must list at least one name or address");
  const certificate = await issueCertificate(names, end);
  if (stack && end) rememberEnd(stack, end);
  console.log(JSON.stringify(certificate));
  return 0;
});
