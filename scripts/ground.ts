import { readFileSync } from "node:fs";
import { Command } from "commander";
import { builtImageName, serviceKinds } from "../images/catalog";
import { Ground } from "../providers/aws/ground/ground";
import { runMain } from "./cli";
import { ensureEngine } from "./tools/docker";
import { thisMachine } from "./tools/machine";
import { ensureBakedImage, ensureCloudImage, ensureMachineImage } from "./tools/rehearsal-images";

/** What a node needs of Debian. */
const packages = [
  "ca-certificates",
  "certbot",
  "chrony",
  "docker-cli",
  "docker-compose",
  "docker.io",
  "iptables",
  "nftables",
  "procps",
  "python3-boto3",
  "python3-certbot-dns-route53",
  "python3-cryptography",
  "unattended-upgrades",
];

interface Options {
  readonly number: string;
  readonly plain?: boolean;
  readonly userData?: string;
}

runMain(async () => {
  const command = new Command("ground")
    .description("A simulated AWS on this machine with one EC2 instance, to try by hand what a node does.")
    .exitOverride();
  const numbered = (name: string) => command.command(name).option("--number <n>", "which ground", "9");
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
  const { docker } = await ensureEngine(thisMachine, console.error);
  const image = await ensureCloudImage(docker, console.error);
  const machineImage = plain
    ? await ensureMachineImage(docker, console.error)
    : await ensureBakedImage(docker, { packages, images: serviceKinds.map(builtImageName) }, console.error);
  const ground = await Ground.start({ docker, number: Number(number), image });
  const machine = await ground.launch({
    name: "euc1-1",
    image: machineImage,
    instanceId: "i-0123456789abcdef0",
    instanceType: "c7i.large",
    imageId: "ami-0123456789abcdef0",
    region: "eu-central-1",
    zone: "eu-central-1a",
    network: "10.20.0.0/16",
    subnet: "10.20.0.0/19",
    privateAddress: "10.20.0.4",
    publicAddress: "198.51.100.4",
    role: "euc1-1",
    userData: userData ? readFileSync(userData, "utf8") : "",
    metadataHops: 1,
    ingress: [{ protocol: "tcp", first: 443, last: 443, cidrs: ["0.0.0.0/0"] }],
  });
  const { system, cloudInit, failedUnits } = await machine.booted();
  console.log(
    `The machine is ${system}, cloud-init ${cloudInit}${failedUnits.map((unit) => `, ${unit} failed`).join("")}`,
  );
  console.log(`A shell on it:  docker exec -it ${machine.containerName} bash`);
  console.log(
    `Its AWS:        AWS_ENDPOINT_URL=${ground.awsEndpointUrl} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws ...`,
  );
}

async function down({ number }: Options): Promise<void> {
  const { docker } = await ensureEngine(thisMachine, console.error);
  await Ground.remove(docker, Number(number));
}
