import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { tarArchive } from "../../provider-kit/archive";
import { required } from "../../provider-kit/required";
import { createPart, type SimulatorInstance } from "./parts";
import { addresses, ports } from "./state";

const programFolder = "/opt";
const program = "moto_server.py";
const modules = [program, "moto_elasticache.py"];
const accessKeyVariable = "SIMULATOR_ACCESS_KEY";
const imagesFile = "/etc/moto/images.json";

/** AWS account that publishes Debian's images (wiki.debian.org/Cloud/AmazonEC2Image). */
const debianAccount = "136693071363";

/** A machine image (AMI) that exists in every region of the simulated AWS. */
export interface AccountImage {
  /** AMI id, such as `ami-0123456789abcdef0`. */
  readonly id: string;
  /** AMI name, such as `debian-13-amd64-20260101-1234`. Its date becomes the creation date. */
  readonly name: string;
  readonly architecture: "x86_64" | "arm64";
  /** Docker image that its machines run. `DescribeImages` returns it as `ImageLocation`. */
  readonly dockerImage: string;
}

/**
 * Starts the simulated AWS in the network namespace of another container. If images are given, the account has only
 * these.
 */
export async function startMoto(
  slot: SimulatorInstance,
  network: string,
  images: readonly AccountImage[],
): Promise<Dockerode.Container> {
  const moto = ["python3", `${programFolder}/${program}`, "--host", "0.0.0.0", "--port", `${ports.aws}`];
  const env = [
    `${accessKeyVariable}=${randomBytes(20).toString("hex")}`,
    `SIMULATOR_ADDRESSES=127.0.0.1 ${addresses.services}`,
    ...(images.length > 0 ? [`MOTO_AMIS_PATH=${imagesFile}`] : []),
  ];
  const container = await createPart(slot, "aws", "aws", moto, { NetworkMode: network }, { Env: env });
  const sources = modules.map(async (name) => ({
    path: `${programFolder}/${name}`,
    content: await readFile(join(__dirname, name), "utf8"),
    mode: 0o644,
  }));
  const files = [
    { path: imagesFile, content: JSON.stringify(images.map(description)), mode: 0o644 },
    ...(await Promise.all(sources)),
  ];
  await container.putArchive(tarArchive(files), { path: "/" });
  await container.start();
  return container;
}

/** Returns the access key that a running simulated AWS accepts. @throws Error if it has none */
export async function readAccessKey(aws: Dockerode.Container): Promise<string> {
  const { Config } = await aws.inspect();
  const [, accessKey] = Config.Env.map((each) => each.split("=")).find(([name]) => name === accessKeyVariable) ?? [];
  return required(accessKey, accessKeyVariable);
}

/** Converts an image into moto's format (its EC2 documentation, `MOTO_AMIS_PATH`). */
function description({ id, name, architecture, dockerImage }: AccountImage): object {
  const [, year, month, day] = /-(\d{4})(\d\d)(\d\d)-/.exec(name) ?? [];
  return {
    ami_id: id,
    name,
    description: name,
    owner_id: debianAccount,
    architecture,
    image_location: dockerImage,
    public: true,
    virtualization_type: "hvm",
    hypervisor: "xen",
    root_device_name: "/dev/xvda",
    root_device_type: "ebs",
    ...(day && { creation_date: `${year}-${month}-${day}T00:00:00.000Z` }),
  };
}
