import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { DescribeCacheSubnetGroupsCommand } from "@aws-sdk/client-elasticache";
import ipaddr from "ipaddr.js";
import { required } from "../../../../provider-kit/required";
import { ec2 } from "../../ec2/client";
import { simulator } from "../../ec2/machines";
import { elastiCache } from "./client";
import type { GroupInputs } from "./replication-group-inputs";

/** Environment variable with the Docker image of a cache. */
const imageVariable = "LIVEKIT_SIMULATOR_REDIS_IMAGE";

/** Starts the Redis behind a group's primary endpoint. */
export async function beginCache(group: GroupInputs, endpoint: string): Promise<void> {
  const image = process.env[imageVariable];
  if (image === undefined) throw new Error(`${imageVariable} is not set: it names the image of a rehearsal's Redis`);
  const { region, authToken: password, securityGroupIds: groups = [] } = group;
  if (password === undefined) throw new Error("authToken: a rehearsal's Redis requires this input");
  const place = await placeOf(group);
  await (await simulator()).cache({ name: cacheName(group), image, password, endpoint, region, groups, ...place });
}

/** Changes the accepted tokens: with ROTATE the new and the previous one, with SET only the new one. */
export async function changeToken(group: GroupInputs, before: GroupInputs): Promise<void> {
  const { authToken, authTokenUpdateStrategy } = group;
  const rotating = authTokenUpdateStrategy === "ROTATE" ? [before.authToken] : [];
  const tokens = [authToken, ...rotating].flatMap((token) => token ?? []);
  await (await (await simulator()).findCache(cacheName(group)))?.authenticate([...new Set(tokens)]);
}

export async function endCache(group: Placed): Promise<void> {
  await (await (await simulator()).findCache(cacheName(group)))?.remove();
}

type Placed = Pick<GroupInputs, "region" | "replicationGroupId">;

/**
 * Returns the cache's name in the simulator. It includes the region, because another region may have a group with the
 * same id.
 */
export function cacheName({ region, replicationGroupId }: Placed): string {
  return `${region}.${replicationGroupId}`;
}

/** Places the cache in its first subnet, at the last address, because nodes use the first addresses. */
async function placeOf({ region, subnetGroupName }: GroupInputs) {
  const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: subnetGroupName });
  const [found] = (await elastiCache(region).send(command)).CacheSubnetGroups ?? [];
  const SubnetIds = (found?.Subnets ?? []).flatMap(({ SubnetIdentifier }) => SubnetIdentifier ?? []);
  const { Subnets = [] } = await ec2(region).send(new DescribeSubnetsCommand({ SubnetIds: SubnetIds.slice(0, 1) }));
  const [{ VpcId = "", CidrBlock: subnet = "", AvailabilityZone: zone = "" } = {}] = Subnets;
  const { Vpcs = [] } = await ec2(region).send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  return { zone, subnet, network: required(Vpcs[0]?.CidrBlock, "CidrBlock"), privateAddress: lastAddress(subnet) };
}

/** Returns a subnet's last usable address. AWS reserves the broadcast address. */
function lastAddress(subnet: string): string {
  const octets = ipaddr.IPv4.broadcastAddressFromCIDR(subnet).octets;
  return [...octets.slice(0, 3), (octets[3] ?? 0) - 1].join(".");
}
