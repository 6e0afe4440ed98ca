import { Option } from "commander";
import { imageNames, runningKinds } from "../../model/fleet";
import { cannot } from "../../model/user-error";
import { renderBakeData } from "../../templates/node/bake";
import { issuerPackages, nodePackages } from "../../templates/node/system";
import { bakeImage } from "../aws/bake";
import { AwsCli } from "../aws/cli";
import { command, npm, runMain } from "../lib/cli";
import { endInOrder, endingByItself } from "../lib/interruption";
import { awsPlanFromFile, awsProfile } from "../lib/load-stack";
import { print, printError } from "../lib/print";
import { thisMachine } from "../toolchain/machine";

const help = `
It starts an instance of the region's type from Debian's newest image. The instance installs everything and powers off. Then
the command creates a machine image from it and terminates it. This takes about ten minutes and costs a few cents. An image
with the same packages and container images is not created twice.

Exit code: 0 created or already exists, 1 failed, 2 wrong usage.`;

runMain(async () => {
  const { stack, subnetId } = command("bake")
    .description(
      "Creates a machine image with all packages and images of an AWS stack's nodes, so that they boot in seconds.",
    )
    .option("--stack <name>", "the stack", "prod")
    .addOption(new Option("--subnet-id <id>", "public subnet for the instance, if the account has no default VPC"))
    .addHelpText("after", help)
    .parse()
    .opts<{ stack: string; subnetId?: string }>();
  if (process.env["LIVEKIT_SIMULATOR"]) {
    throw cannot(
      "npm run bake",
      "the AWS simulator of a rehearsal can't create machine images",
      "Run it in a real AWS account",
    );
  }
  const { namePrefix, regions, settings } = awsPlanFromFile(stack);
  endInOrder(npm("bake", { stack }), "The instance is terminated");
  const names = imageNames(settings);
  const images = runningKinds(settings, "registry").map((kind) => names[kind]);
  const userData = renderBakeData(images, [...nodePackages, ...issuerPackages]);
  for (const [index, { name, nodes }] of regions.entries()) {
    const [node] = nodes;
    if (node === undefined) continue;
    const { instanceType, architecture } = node;
    const order = { namePrefix, instanceType, architecture, userData, ...(subnetId && { subnetId }) };
    const aws = await AwsCli.find(name, thisMachine, awsProfile(stack));
    const image = await endingByItself(() => bakeImage(aws, order, (line) => printError(`${name}: ${line}`)));
    print(`${image} is ready in ${name}. To boot new nodes from it:`);
    print(`  pulumi config set -s ${stack} --path 'livekit:regions[${index}].amiId' ${image}`);
  }
  return 0;
});
