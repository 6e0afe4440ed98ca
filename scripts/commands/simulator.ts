import { Command } from "commander";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { trialMachine } from "../../packages/aws-simulator/network/trial";
import { readText } from "../../stacks/read-file";
import { runMain } from "../lib/cli";
import { ensureEngine } from "../toolchain/docker";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensureRehearsal } from "../toolchain/rehearsal";

interface Options {
  readonly number: string;
  readonly plain?: boolean;
  readonly userData?: string;
}

runMain(async () => {
  const command = new Command("simulator")
    .description("A simulated AWS on this machine with one EC2 instance, to try by hand what a node does.")
    .exitOverride();
  const numbered = (name: string) => command.command(name).option("--number <n>", "which simulator", "9");
  numbered("up")
    .description("starts it, an earlier one of this number is removed, and boots the instance euc1-1")
    .option("--user-data <file>", "what the instance is launched with")
    .option("--plain", "Debian's image as it is; by default a node's packages and images are in place")
    .action(up);
  numbered("down").description("removes all of it").action(down);
  await command.parseAsync();
  return 0;
});

async function up({ number, plain, userData }: Options): Promise<void> {
  const { docker, simulatorImage, machineImage, prebakedImage } = await ensureRehearsal(thisMachine, toStandardError);
  const simulator = await AwsSimulator.start({ docker, number: Number(number), image: simulatorImage });
  const text = userData ? readText(userData) : "";
  const machine = await simulator.launch(trialMachine(plain ? machineImage : prebakedImage, text));
  const { system, cloudInit, failedUnits } = await machine.booted();
  console.log(
    `The machine is ${system}, cloud-init ${cloudInit}${failedUnits.map((unit) => `, ${unit} failed`).join("")}`,
  );
  console.log(`A shell on it:  docker exec -it ${machine.containerName} bash`);
  console.log(
    `Its AWS:        AWS_ENDPOINT_URL=${simulator.awsEndpointUrl} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws ...`,
  );
}

async function down({ number }: Options): Promise<void> {
  const { docker } = await ensureEngine(thisMachine, toStandardError);
  await AwsSimulator.remove(docker, Number(number));
}
