import { DescribeAddressesCommand, DescribeRegionsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { nextAddress } from "../ground/elastic";
import { ec2, refusal } from "./client";

/** Elastic IPs of a region that AWS gives an account without being asked for more (EC2's quotas). */
const defaultQuota = 5;

let last: Promise<unknown> = Promise.resolve();

/**
 * Allocates an address of the ground's that nobody has in any region: one after the other, so that none is given twice.
 * @throws in AWS's words where the region has as many as its quota: 5, or `LIVEKIT_GROUND_ADDRESSES`
 */
export function allocateFree(client: EC2Client, allocate: (address: string) => Promise<string>): Promise<string> {
  const turn = last.then(async () => {
    await refuseBeyondQuota(client);
    return allocate(nextAddress(await taken()));
  });
  last = turn.catch(() => undefined);
  return turn;
}

async function refuseBeyondQuota(client: EC2Client): Promise<void> {
  const quota = Number(process.env["LIVEKIT_GROUND_ADDRESSES"] ?? defaultQuota);
  if ((await addressesOf(client)).length < quota) return;
  throw refusal("AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.");
}

async function taken(): Promise<string[]> {
  const { Regions = [] } = await ec2().send(new DescribeRegionsCommand({}));
  return (await Promise.all(Regions.map(({ RegionName }) => addressesOf(ec2(RegionName))))).flat();
}

async function addressesOf(client: EC2Client): Promise<string[]> {
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}));
  return Addresses.flatMap(({ PublicIp }) => PublicIp ?? []);
}
