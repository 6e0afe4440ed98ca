import { DescribeInternetGatewaysCommand, DescribeSubnetsCommand, type Subnet } from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ModifyLoadBalancerAttributesCommand,
  SetSubnetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import { required } from "../../../../provider-kit/required";
import { awsError } from "../../aws-error";
import { orGone } from "../../clients";
import { ec2 } from "../../ec2/client";
import { managed } from "../../managed";
import { regional, tagged, tagList } from "../../resource";
import { until } from "../until";
import { findTags, setTags } from "./balancing-tags";
import { attributeList, attributesFound, balancing, balancingName, service } from "./client";

const crossZone = "load_balancing.cross_zone.enabled";

/** `aws:lb/loadBalancer:LoadBalancer`, only network load balancers. */
export const loadBalancer = managed({
  token: "aws:lb/loadBalancer:LoadBalancer",
  inputs: {
    ...regional,
    ...tagged,
    name: balancingName.regex(/^(?!internal-)/, "must not begin with internal-"),
    loadBalancerType: z.literal("network", "must be network: no other type is implemented"),
    internal: z.literal(false, "must be false: nothing else is implemented").default(false),
    ipAddressType: z.literal("ipv4", "must be ipv4: nothing else is implemented").default("ipv4"),
    subnets: z.array(z.string().min(1)).min(1),
    enableCrossZoneLoadBalancing: z.boolean().default(false),
  },
  replaceOn: ["name", "internal", "loadBalancerType"],
  // Since 2025, AWS can remove a zone from a network load balancer. The official provider (7.48) still replaces the
  // load balancer.
  replaceIf: { subnets: (was, is) => Array.isArray(was) && Array.isArray(is) && was.some((id) => !is.includes(id)) },
  unordered: ["subnets"],
  deleteBeforeReplace: true,
  computed: ["arn", "arnSuffix", "dnsName", "vpcId", "zoneId"],
  async make({ region, name: Name, subnets: Subnets, tagsAll }) {
    await validateName(region, Name);
    await validateSubnets(region, Subnets);
    const { LoadBalancers } = await balancing(region).send(
      new CreateLoadBalancerCommand({
        Name,
        Subnets,
        Type: "network",
        Scheme: "internet-facing",
        IpAddressType: "ipv4",
        Tags: tagList(tagsAll),
      }),
    );
    return LoadBalancers?.[0]?.LoadBalancerArn;
  },
  async set(LoadBalancerArn, { region, subnets: Subnets, tagsAll, ...wanted }, before, call) {
    const Attributes = attributeList({ [crossZone]: wanted.enableCrossZoneLoadBalancing });
    await balancing(region).send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
    if (before) {
      const had = (before["subnets"] ?? []) as string[];
      if (Subnets.some((id) => !had.includes(id))) {
        await validateSubnets(region, Subnets);
        await balancing(region).send(new SetSubnetsCommand({ LoadBalancerArn, Subnets }));
      }
      await setTags(region, LoadBalancerArn, tagsAll, before);
    }
    await until(async () => (await describe(region, LoadBalancerArn))?.State?.Code === "active", call);
  },
  async find(arn, region) {
    const found = await describe(region, arn);
    if (!found) return undefined;
    const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn });
    const attributes = attributesFound((await balancing(region).send(command)).Attributes);
    return {
      arn,
      arnSuffix: arn.replace(/^.*:loadbalancer\//, ""),
      name: found.LoadBalancerName,
      loadBalancerType: found.Type,
      internal: found.Scheme === "internal",
      ipAddressType: found.IpAddressType,
      subnets: (found.AvailabilityZones ?? []).map(({ SubnetId }) => SubnetId),
      enableCrossZoneLoadBalancing: attributes[crossZone] === "true",
      dnsName: found.DNSName,
      vpcId: found.VpcId,
      zoneId: found.CanonicalHostedZoneId,
      ...(await findTags(region, arn)),
    };
  },
  remove: (arn, region) => balancing(region).send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn })),
});

async function describe(region: string, arn: string) {
  const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] });
  return (await balancing(region).send(command)).LoadBalancers?.[0];
}

/** Rejects a name in use, because moto accepts a name twice. @throws the official provider's error */
async function validateName(region: string, name: string): Promise<void> {
  const found = await orGone(balancing(region).send(new DescribeLoadBalancersCommand({ Names: [name] })));
  if (found?.LoadBalancers?.length) throw new Error(`ELBv2 Load Balancer (${name}) already exists`);
}

/** Validates the subnets, because moto accepts any. @throws Elastic Load Balancing's error */
async function validateSubnets(region: string, SubnetIds: string[]): Promise<void> {
  const { Subnets = [] } = await ec2(region).send(new DescribeSubnetsCommand({ SubnetIds }));
  const zones = Subnets.map(({ AvailabilityZone }) => AvailabilityZone);
  const createError = (code: string, words: string) => awsError(service, "CreateLoadBalancer", code, words);
  if (new Set(zones).size < zones.length) {
    const words = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
    throw createError("InvalidConfigurationRequest", words);
  }
  const vpcs = [...new Set(Subnets.map(({ VpcId }: Subnet) => required(VpcId, "VpcId")))];
  if (vpcs.length > 1) throw createError("InvalidConfigurationRequest", "All subnets must belong to the same VPC");
  const Filters = [{ Name: "attachment.vpc-id", Values: vpcs }];
  const { InternetGateways = [] } = await ec2(region).send(new DescribeInternetGatewaysCommand({ Filters }));
  if (InternetGateways.length === 0) throw createError("InvalidSubnet", `VPC ${vpcs[0]} has no internet gateway`);
}
