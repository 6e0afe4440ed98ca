import { Option } from "commander";
import { imageNames, runningKinds } from "../../model/fleet";
import { renderBakeData } from "../../templates/node/bake";
import { issuerPackages, nodePackages } from "../../templates/node/system";
import { bakeImage } from "../aws/bake";
import { AwsCli } from "../aws/cli";
import { command, npm, runMain } from "../lib/cli";
import { endInOrder, endingByItself } from "../lib/interruption";
import { awsPlanFromFile, awsProfile } from "../lib/load-stack";
import { cannot, thisMachine } from "../toolchain/machine";

const help = `
It starts an instance of the region's type from Debian's newest image, which installs everything and powers off, makes an
image of it, and terminates it: some ten minutes and a few cents. The same packages and images are not baked twice.

Exit code: 0 made or there already, 1 refused or failed, 2 wrong usage.`;

runMain(async () => {
  const { stack, subnetId } = command("bake")
    .description(
      "Makes a machine image with everything that a node of a stack on AWS installs, so that it boots in seconds.",
    )
    .option("--stack <name>", "the stack", "prod")
    .addOption(new Option("--subnet-id <id>", "a public subnet to bake in; where the account has no default network"))
    .addHelpText("after", help)
    .parse()
    .opts<{ stack: string; subnetId?: string }>();
  if (process.env["LIVEKIT_SIMULATOR"]) {
    throw cannot("npm run bake", "a rehearsal's account simulates no image of an instance", "Bake in a real account");
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
    const image = await endingByItself(() => bakeImage(aws, order, (line) => console.error(`${name}: ${line}`)));
    console.log(`${image} is ready in ${name}. New nodes boot from it with:`);
    console.log(`  pulumi config set -s ${stack} --path 'livekit:regions[${index}].amiId' ${image}`);
  }
  return 0;
});
