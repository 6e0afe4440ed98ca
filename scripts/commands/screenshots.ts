import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cannot } from "../../model/user-error";
import { caFile } from "../../stacks/ca-file";
import { projectFolder } from "../../stacks/env";
import { freshCallLink } from "../lib/call-link";
import { command, exitCodes, runMain } from "../lib/cli";
import { stackOutputs } from "../lib/stack-outputs";
import { photographCall } from "../screenshots/call-page";
import { drawTerminal, withoutMachine } from "../screenshots/terminal";
import { ensureBrowser, findBrowser, startBrowser } from "../toolchain/browser";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";

const help = `
It runs npm start on the local stack, draws what that prints, and photographs a call of two browsers. Run npm start before: the
first run prints more.

Exit code: 0 docs/images/ is written; 1 failed; 2 wrong usage.`;

runMain(async () => {
  command("screenshots")
    .description("Writes the pictures of README.md, from a real run.")
    .addHelpText("after", help)
    .parse();
  const outputs = await stackOutputs("dev");
  await ensureBrowser(thisMachine, toStandardError);
  const installed = findBrowser(thisMachine);
  if (typeof installed === "string")
    throw cannot(
      "screenshots",
      `screenshots of the call page need a browser: ${installed}`,
      "Install the missing program",
    );
  const folder = join(projectFolder, "docs/images");
  mkdirSync(folder, { recursive: true });
  const printed = await thisMachine.run(process.execPath, ["scripts/bin.mjs", "start"], { cwd: projectFolder });
  const end = withoutMachine(printed.slice(printed.indexOf("┌")), projectFolder);
  writeFileSync(join(folder, "start.svg"), drawTerminal("npm start", end));
  const browser = await startBrowser(installed, caFile);
  try {
    const pictures = await photographCall(browser, await freshCallLink(outputs));
    for (const [scheme, picture] of Object.entries(pictures))
      writeFileSync(join(folder, `call-${scheme}.png`), picture);
  } finally {
    await browser.close();
  }
  return exitCodes.done;
});
