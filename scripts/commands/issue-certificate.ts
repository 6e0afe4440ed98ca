import { rememberEnd } from "../../stacks/certificate-end";
import { issueCertificate } from "../lib/certificate-authority";
import { runMain } from "../lib/cli";

/**
 * Prints `{chain, key}` for the comma-separated names in CERTIFICATE_NAMES, signed by this machine's own CA. It expires
 * on CERTIFICATE_END, which is recorded for the stack that the argument names.
 */
runMain(async () => {
  const { CERTIFICATE_NAMES = "", CERTIFICATE_END: end, PULUMI_COMMAND_STDOUT: issued } = process.env;
  // Keeps the certificate on an update, which changes only this command line. Other names or another end replace the
  // resource.
  if (issued) {
    console.log(issued);
    return 0;
  }
  const [stack] = process.argv.slice(2);
  const names = CERTIFICATE_NAMES.split(",").filter((name) => name !== "");
  if (names.length === 0) throw new Error("CERTIFICATE_NAMES must hold at least one name");
  const certificate = await issueCertificate(names, end);
  if (stack && end) rememberEnd(stack, end);
  console.log(JSON.stringify(certificate));
  return 0;
});
