import {
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  type Image,
  type Instance,
  paginateDescribeInstances,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { Properties } from "../../../provider-kit/values";
import { defaultRegion } from "../account";
import { isGone } from "../clients";
import { tagsFound } from "../resource";
import { ec2 } from "./client";

const region = z.string().default(defaultRegion);

const filters = z
  .array(
    z
      .strictObject({ name: z.string(), values: z.array(z.string()) })
      .transform(({ name, values }) => ({ Name: name, Values: values })),
  )
  .default([]);

const amiArgs = z.strictObject({
  region,
  filters,
  owners: z.array(z.string()).optional(),
  mostRecent: z.boolean().default(false),
});

/** `aws:ec2/getAmi:getAmi` @throws the official plugin's error if no image or more than one image matches */
export async function getAmi(given: Properties): Promise<Properties> {
  const args = amiArgs.parse(given);
  const images = await imagesOf(args);
  const [image] = images;
  if (!image) throw new Error("Your query returned no results. Please change your search criteria and try again.");
  if (images.length > 1 && !args.mostRecent) {
    throw new Error(
      "Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.",
    );
  }
  return {
    ...given,
    region: args.region,
    id: image.ImageId,
    imageId: image.ImageId,
    arn: `arn:aws:ec2:${args.region}::image/${image.ImageId}`,
    architecture: image.Architecture,
    creationDate: image.CreationDate,
    description: image.Description,
    imageLocation: image.ImageLocation,
    name: image.Name,
    ownerId: image.OwnerId,
    public: image.Public ?? false,
    rootDeviceName: image.RootDeviceName,
    rootDeviceType: image.RootDeviceType,
    state: image.State,
    tags: tagsFound(image.Tags).tagsAll,
    virtualizationType: image.VirtualizationType,
  };
}

/** Returns the matching images, newest first. */
async function imagesOf(args: z.infer<typeof amiArgs>): Promise<Image[]> {
  const request = { Filters: args.filters, ...(args.owners && { Owners: args.owners }) };
  try {
    const { Images = [] } = await ec2(args.region).send(new DescribeImagesCommand(request));
    return Images.sort((a, b) => (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

const offeringArgs = z.strictObject({
  region,
  filters,
  locationType: z.enum(["region", "availability-zone", "availability-zone-id"]).default("region"),
});

/** `aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings` */
export async function getInstanceTypeOfferings(given: Properties): Promise<Properties> {
  const args = offeringArgs.parse(given);
  const { InstanceTypeOfferings: found = [] } = await ec2(args.region).send(
    new DescribeInstanceTypeOfferingsCommand({ LocationType: args.locationType, Filters: args.filters }),
  );
  return {
    ...given,
    id: args.region,
    region: args.region,
    instanceTypes: found.map(({ InstanceType }) => InstanceType),
    locations: found.map(({ Location }) => Location),
    locationTypes: found.map(({ LocationType }) => LocationType),
  };
}

const identityArgs = z.strictObject({});

/**
 * `aws:index/getCallerIdentity:getCallerIdentity`, with only the account id. It is read from a default security group,
 * which every region has.
 */
export async function getCallerIdentity(given: Properties): Promise<Properties> {
  identityArgs.parse(given);
  const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand({}));
  const accountId = SecurityGroups?.[0]?.OwnerId;
  return { id: accountId, accountId };
}

const tags = z.record(z.string(), z.string()).default({});
const tagFilters = (wanted: z.output<typeof tags>) =>
  Object.entries(wanted).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));

const eipsArgs = z.strictObject({ region, filters, tags });

/** `aws:ec2/getEips:getEips` */
export async function getEips(given: Properties): Promise<Properties> {
  const args = eipsArgs.parse(given);
  const { Addresses: found = [] } = await ec2(args.region).send(
    new DescribeAddressesCommand({ Filters: [...args.filters, ...tagFilters(args.tags)] }),
  );
  return {
    ...given,
    id: args.region,
    region: args.region,
    allocationIds: found.map(({ AllocationId }) => AllocationId),
    publicIps: found.map(({ PublicIp }) => PublicIp),
  };
}

const vpcsArgs = z.strictObject({ region, filters, tags });

/** `aws:ec2/getVpcs:getVpcs` */
export async function getVpcs(given: Properties): Promise<Properties> {
  const args = vpcsArgs.parse(given);
  const { Vpcs: found = [] } = await ec2(args.region).send(
    new DescribeVpcsCommand({ Filters: [...args.filters, ...tagFilters(args.tags)] }),
  );
  return { ...given, id: args.region, region: args.region, ids: found.map(({ VpcId }) => VpcId) };
}

const instancesArgs = z.strictObject({
  region,
  filters,
  instanceTags: tags,
  instanceStateNames: z.array(z.string()).default(["running"]),
});

/** `aws:ec2/getInstances:getInstances` */
export async function getInstances(given: Properties): Promise<Properties> {
  const args = instancesArgs.parse(given);
  const inState = { Name: "instance-state-name", Values: args.instanceStateNames };
  const pages = paginateDescribeInstances(
    { client: ec2(args.region) },
    { Filters: [...args.filters, ...tagFilters(args.instanceTags), inState] },
  );
  const found: Instance[] = [];
  for await (const { Reservations = [] } of pages)
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  return {
    ...given,
    id: args.region,
    region: args.region,
    ids: found.map(({ InstanceId }) => InstanceId),
    privateIps: found.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
    publicIps: found.flatMap(({ PublicIpAddress }) => PublicIpAddress ?? []),
  };
}
