import { dirname } from "node:path";
import { command, exitCodes, runMain } from "../lib/cli";
import { print } from "../lib/print";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { allPluginNames, installPlugins } from "../toolchain/plugins";
import { downloadPulumi } from "../toolchain/pulumi";

const help = `
Continuous integration runs it before Pulumi, because Pulumi's GitHub action and \`pulumi up\` download without checksums.
Set GITHUB_TOKEN: without one, GitHub limits the requests of all runners with the same address.

Exit code: 0 installed; 1 a download failed or has another checksum; 2 wrong usage.`;

runMain(async () => {
  command("install-pulumi")
    .description("Downloads Pulumi and its provider plugins, verifies their checksums and prints a folder for PATH.")
    .addHelpText("after", help)
    .parse();
  const cli = await downloadPulumi(thisMachine, toStandardError);
  await installPlugins(allPluginNames, cli, thisMachine, toStandardError);
  print(dirname(cli.command));
  return exitCodes.done;
});
