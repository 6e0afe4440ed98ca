import { DescribeAddressesCommand, DescribeRegionsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";
import { addresses as ground } from "../ground/state";
import { ec2, refusal } from "./client";

/** Elastic IPs of a region that AWS gives an account without being asked for more (EC2's quotas). */
const defaultQuota = 5;

let last: Promise<unknown> = Promise.resolve();

/**
 * Allocates the next address of the ground's own that nobody has, in any region: one after the other, so that none is given
 * twice.
 * @throws in AWS's words where the region has as many as its quota: 5, or `LIVEKIT_GROUND_ADDRESSES`
 */
export function nextAddress(client: EC2Client, allocate: (address: string) => Promise<string>): Promise<string> {
  const turn = last.then(async () => {
    await refuseBeyondQuota(client);
    return allocate(await free());
  });
  last = turn.catch(() => undefined);
  return turn;
}

async function refuseBeyondQuota(client: EC2Client): Promise<void> {
  const quota = Number(process.env["LIVEKIT_GROUND_ADDRESSES"] ?? defaultQuota);
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}));
  if (Addresses.length < quota) return;
  throw refusal("AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.");
}

async function free(): Promise<string> {
  const { Regions = [] } = await ec2().send(new DescribeRegionsCommand({}));
  const all = await Promise.all(
    Regions.map(async ({ RegionName }) => (await ec2(RegionName).send(new DescribeAddressesCommand({}))).Addresses),
  );
  const taken = new Set(all.flatMap((found = []) => found.map(({ PublicIp }) => PublicIp)));
  const [network, bits] = ipaddr.IPv4.parseCIDR(ground.elastic);
  const octets = network.octets.slice(0, 3);
  // The first few are for whoever gives addresses by hand.
  const hosts = Array.from({ length: 2 ** (32 - bits) - 21 }, (_, i) => [...octets, i + 20].join("."));
  const found = hosts.find((address) => !taken.has(address));
  if (found) return found;
  throw refusal("AllocateAddress", "InsufficientAddressCapacity", "There are not enough free addresses.");
}
