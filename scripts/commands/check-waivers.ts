import { join } from "node:path";
import { throwIfAny } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { command, exitCodes, runMain } from "../lib/cli";
import { print } from "../lib/print";
import { waiverErrors, waiverFile } from "../release/waivers";

const help = `
Each waiver in ${waiverFile} needs the id of a vulnerability, a reason and the date on which it expires, at most 180 days ahead. The
workflow .github/workflows/security.yml runs this before it scans the packages for known vulnerabilities.

Exit code: 0 every waiver is valid; 1 one is not; 2 wrong usage.`;

runMain(async () => {
  command("check-waivers")
    .description("Checks the waivers of known vulnerabilities.")
    .addHelpText("after", help)
    .parse();
  throwIfAny(waiverErrors(readText(join(projectFolder, waiverFile)), new Date()));
  print(`Every waiver in ${waiverFile} is valid.`);
  return exitCodes.done;
});
