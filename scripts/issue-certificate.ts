import { issueCertificate } from "./certificate-authority";
import { rememberEnd } from "./certificate-end";
import { runMain } from "./cli";

/**
 * Prints `{chain, key}` for the comma-separated names in CERTIFICATE_NAMES, signed by this machine's own authority. It ends on
 * CERTIFICATE_END, which is kept for the stack that the argument names.
 */
runMain(async () => {
  const { CERTIFICATE_NAMES = "", CERTIFICATE_END: end } = process.env;
  const [stack] = process.argv.slice(2);
  const names = CERTIFICATE_NAMES.split(",").filter((name) => name !== "");
  if (names.length === 0) throw new Error("CERTIFICATE_NAMES must hold at least one name");
  const certificate = await issueCertificate(names, end);
  if (stack && end) rememberEnd(stack, end);
  console.log(JSON.stringify(certificate));
  return 0;
});
