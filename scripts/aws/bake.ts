import { createHash, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { debian } from "../../model/aws/debian";
import type { Architecture } from "../../model/aws/plan";
import { cannot, fixAbove } from "../../model/user-error";
import { interrupted } from "../lib/interruption";
import { lastLines, type Progress } from "../toolchain/machine";
import type { AwsCli } from "./cli";

/** The inputs of a machine image. */
export interface BakeOrder {
  readonly namePrefix: string;
  readonly instanceType: string;
  readonly architecture: Architecture;
  /** Boot script that installs everything, then powers the instance off. On an error the instance stays on. */
  readonly userData: string;
  /** Id of a public subnet. @default a subnet of the account's default VPC */
  readonly subnetId?: string;
}

export interface BakeTimes {
  /** Interval between two polls. @default 5 */
  readonly pollSeconds?: number;
  /** Time limit for the instance to power off, and then for the image to become available. @default 1200 */
  readonly installSeconds?: number;
}

/**
 * Creates a machine image with everything that a node installs, on top of the newest Debian image. Returns the existing
 * image if one was made from the same inputs. Always terminates the temporary instance.
 * @returns the image's id, `ami-...`
 * @throws UserError with the end of the instance's console output if the installation does not finish
 */
export async function bakeImage(
  aws: AwsCli,
  order: BakeOrder,
  progress: Progress,
  times: BakeTimes = {},
): Promise<string> {
  const parent = await newestDebian(aws, order.architecture);
  const name = imageName(order, parent);
  const earlier = await imageNamed(aws, name);
  if (earlier) {
    progress(`${name} already exists`);
    return earlier;
  }
  const instance = await launch(aws, order, parent, name);
  try {
    progress(`${instance} (${order.instanceType}) installs packages and images`);
    await untilStopped(aws, instance, progress, times);
    const image = await aws.call<{ ImageId: string }>("ec2", "create-image", "--instance-id", instance, "--name", name);
    await untilAvailable(aws, image.ImageId, progress, times);
    return image.ImageId;
  } finally {
    await aws.call("ec2", "terminate-instances", "--instance-ids", instance);
  }
}

interface Image {
  readonly ImageId: string;
  readonly CreationDate: string;
  readonly State: string;
}

async function newestDebian(aws: AwsCli, architecture: Architecture): Promise<string> {
  const pattern = debian.imagePattern[architecture];
  const filter = `Name=name,Values=${pattern}`;
  const { Images } = await aws.call<{ Images: Image[] }>(
    ...["ec2", "describe-images", "--owners", debian.owner, "--filters", filter, "Name=state,Values=available"],
  );
  const [newest] = Images.sort((a, b) => b.CreationDate.localeCompare(a.CreationDate));
  if (newest === undefined) {
    throw cannot(
      pattern,
      `Debian's account ${debian.owner} has published no image with this name in this region`,
      "Choose another region",
    );
  }
  return newest.ImageId;
}

function imageName({ namePrefix, architecture, userData }: BakeOrder, parent: string): string {
  const digest = createHash("sha256").update(`${parent}\n${userData}`).digest("hex");
  return `${namePrefix}-${architecture}-${digest.slice(0, 12)}`;
}

async function imageNamed(aws: AwsCli, name: string): Promise<string | undefined> {
  const { Images } = await aws.call<{ Images: Image[] }>(
    ...["ec2", "describe-images", "--owners", "self", "--filters", `Name=name,Values=${name}`],
  );
  return Images.find(({ State }) => State === "available")?.ImageId;
}

async function launch(aws: AwsCli, order: BakeOrder, parent: string, name: string): Promise<string> {
  const { Instances } = await aws.call<{ Instances: { InstanceId: string }[] }>(
    ...["ec2", "run-instances", "--image-id", parent, "--instance-type", order.instanceType],
    ...["--user-data", order.userData, "--instance-initiated-shutdown-behavior", "stop"],
    ...["--metadata-options", "HttpTokens=required,HttpPutResponseHopLimit=1", "--client-token", randomUUID()],
    ...["--tag-specifications", `ResourceType=instance,Tags=[{Key=Name,Value=${name}}]`],
    ...(order.subnetId ? ["--subnet-id", order.subnetId, "--associate-public-ip-address"] : []),
  );
  const [instance] = Instances;
  if (instance === undefined) throw new Error("`aws ec2 run-instances` returned no instance");
  return instance.InstanceId;
}

async function untilStopped(aws: AwsCli, instance: string, progress: Progress, times: BakeTimes): Promise<void> {
  const look = async () => {
    const { Reservations } = await aws.call<{ Reservations: { Instances: { State: { Name: string } }[] }[] }>(
      ...["ec2", "describe-instances", "--instance-ids", instance],
    );
    return Reservations[0]?.Instances[0]?.State.Name ?? "unknown";
  };
  const last = await until(look, ["stopped", "terminated"], progress, times);
  if (last === "stopped") return;
  // The instance is still on, so the installation failed. Without --latest, EC2 returns the console output from soon
  // after boot.
  const { Output } = await aws.call<{ Output?: string }>(
    ...["ec2", "get-console-output", "--latest", "--instance-id", instance],
  );
  throw cannot(
    instance,
    `the instance did not finish the installation and is ${last}; the end of its console output:\n${lastLines(Output ?? "", 20)}`,
    fixAbove,
  );
}

async function untilAvailable(aws: AwsCli, image: string, progress: Progress, times: BakeTimes): Promise<void> {
  const look = async () => {
    const { Images } = await aws.call<{ Images: Image[] }>("ec2", "describe-images", "--image-ids", image);
    return Images[0]?.State ?? "unknown";
  };
  const last = await until(look, ["available", "failed"], progress, times);
  if (last !== "available")
    throw cannot(image, `the image has the state ${last} instead of available`, "Run the command again");
}

/** Polls the resource's state until it is one of the wanted states or the time is up. Returns the last state. */
async function until(
  look: () => Promise<string>,
  wanted: readonly string[],
  progress: Progress,
  { pollSeconds = 5, installSeconds = 1200 }: BakeTimes,
): Promise<string> {
  const startedAt = Date.now();
  for (;;) {
    const state = await look();
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (wanted.includes(state) || seconds >= installSeconds) return state;
    progress(`${state} after ${seconds} s of at most ${installSeconds} s`);
    await pause(pollSeconds * 1000, undefined, { signal: interrupted });
  }
}
