import { DescribeAddressesCommand, DescribeRegionsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { nextAddress } from "../../network/elastic";
import { quotaOf } from "../services/service-quotas";
import { ec2, ec2Error } from "./client";

let last: Promise<unknown> = Promise.resolve();

/**
 * Allocates an Elastic IP that is free in every region. Allocations run one after the other, so that no address is used
 * twice.
 * @throws AWS's error if the region has reached its quota
 */
export function allocateFree<T>(client: EC2Client, allocate: (address: string) => Promise<T>): Promise<T> {
  const turn = last.then(async () => {
    await enforceQuota(client);
    return allocate(nextAddress(await taken()));
  });
  last = turn.catch(() => undefined);
  return turn;
}

async function enforceQuota(client: EC2Client): Promise<void> {
  // The quota "EC2-VPC Elastic IPs".
  const { Value: quota = 0 } = await quotaOf(await client.config.region(), "ec2", "L-0263D0A3");
  if ((await addressesOf(client)).length < quota) return;
  throw ec2Error("AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.");
}

async function taken(): Promise<string[]> {
  const { Regions = [] } = await ec2().send(new DescribeRegionsCommand({}));
  return (await Promise.all(Regions.map(({ RegionName }) => addressesOf(ec2(RegionName))))).flat();
}

async function addressesOf(client: EC2Client): Promise<string[]> {
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}));
  return Addresses.flatMap(({ PublicIp }) => PublicIp ?? []);
}
