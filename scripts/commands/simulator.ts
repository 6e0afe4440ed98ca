import { Command } from "commander";
import { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { trialMachine } from "../../packages/aws-simulator/network/trial";
import { readText } from "../../stacks/read-file";
import { runMain } from "../lib/cli";
import { print } from "../lib/print";
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
    .description("Runs an AWS simulator with one EC2 instance on this machine, to try a node by hand.")
    .exitOverride();
  const numbered = (name: string) => command.command(name).option("--number <n>", "number of the simulator", "9");
  numbered("up")
    .description("removes an earlier simulator with this number, starts a new one and boots the instance euc1-1")
    .option("--user-data <file>", "user data of the instance")
    .option("--plain", "boot Debian's image unchanged; by default it has a node's packages and images")
    .action(up);
  numbered("down").description("removes the simulator").action(down);
  await command.parseAsync();
  return 0;
});

async function up({ number, plain, userData }: Options): Promise<void> {
  const { docker, simulatorImage, machineImage, prebakedImage } = await ensureRehearsal(thisMachine, toStandardError);
  const simulator = await AwsSimulator.start({ docker, number: Number(number), image: simulatorImage });
  const text = userData ? readText(userData) : "";
  const machine = await simulator.launch(trialMachine(plain ? machineImage : prebakedImage, text));
  const { system, cloudInit, failedUnits } = await machine.booted();
  print(`The machine is ${system}, cloud-init ${cloudInit}${failedUnits.map((unit) => `, ${unit} failed`).join("")}`);
  print(`A shell on it:  docker exec -it ${machine.containerName} bash`);
  const variables = Object.entries(simulator.environment).map(([name, value]) => `${name}=${value}`);
  print(`Its AWS:        ${variables.join(" ")} aws ...`);
}

async function down({ number }: Options): Promise<void> {
  const { docker } = await ensureEngine(thisMachine, toStandardError);
  await AwsSimulator.remove(docker, Number(number));
}
