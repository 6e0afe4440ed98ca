import { balancedRows, nodeTag } from "../../model/aws/account-names";
import type { AwsNode, AwsPlan, AwsRegion } from "../../model/aws/plan";
import { cannot } from "../toolchain/machine";
import type { AwsCli } from "./cli";

/** A node's Elastic IP. */
export interface NodeAddress {
  readonly address: string;
  /** Id of the instance that has it. Undefined while none does. */
  readonly instance?: string;
}

interface Tagged {
  readonly PublicIp: string;
  readonly InstanceId?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/** The address of each node that has one, by the node's name. @throws Refusal with AWS's own words */
export async function nodeAddresses(aws: AwsCli, plan: AwsPlan): Promise<Readonly<Record<string, NodeAddress>>> {
  const found = await Promise.all(plan.regions.map((region) => addressesIn(aws.in(region.name), plan, region)));
  return Object.fromEntries(found.flat());
}

async function addressesIn(aws: AwsCli, plan: AwsPlan, { nodes }: AwsRegion) {
  const tags = nodes.map((node) => nodeTag(plan, node)).join(",");
  const { Addresses } = await aws.call<{ Addresses: Tagged[] }>(
    ...["ec2", "describe-addresses", "--filters", `Name=tag:Name,Values=${tags}`],
  );
  return nodes.flatMap((node): [string, NodeAddress][] => {
    const tag = nodeTag(plan, node);
    const own = Addresses.find(({ Tags = [] }) => Tags.some(({ Key, Value }) => Key === "Name" && Value === tag));
    return own ? [[node.name, { address: own.PublicIp, ...(own.InstanceId && { instance: own.InstanceId }) }]] : [];
  });
}

/**
 * By which `requestShell` takes a node out of its region's entry and puts it back: the variables that `pulumi up` gives it.
 * Empty where the stack has a single node, and so no entry.
 * @throws Refusal where the entry does not have the node, or with AWS's own words
 */
export async function entryVariables(aws: AwsCli, plan: AwsPlan, node: AwsNode): Promise<Record<string, string>> {
  const { loadBalancer } = plan.settings;
  if (loadBalancer === "none") return {};
  const own = (await nodeAddresses(aws, plan))[node.name];
  if (!own?.instance) throw missing(node, "no instance has its address");
  const entry = { INSTANCE: own.instance, NODE_REGION: node.region };
  return loadBalancer === "nlb"
    ? { ...entry, TARGET_GROUPS: await targetGroups(aws, plan, node) }
    : { ...entry, HEALTH_CHECK: await healthCheck(aws, plan, node, own.address) };
}

/** ARNs, with blanks between them. */
async function targetGroups(aws: AwsCli, plan: AwsPlan, node: AwsNode): Promise<string> {
  const names = balancedRows(plan).map(({ groupName }) => groupName);
  const { TargetGroups } = await aws
    .in(node.region)
    .call<{ TargetGroups: { TargetGroupArn: string }[] }>("elbv2", "describe-target-groups", "--names", ...names);
  return TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn).join(" ");
}

interface HealthCheck {
  readonly Id: string;
  readonly HealthCheckConfig: { readonly IPAddress?: string; readonly FullyQualifiedDomainName?: string };
}

/** Id of the one that asks the node by the API's name. */
async function healthCheck(aws: AwsCli, { apiName }: AwsPlan, node: AwsNode, address: string): Promise<string> {
  const { HealthChecks } = await aws.call<{ HealthChecks: HealthCheck[] }>("route53", "list-health-checks");
  const own = HealthChecks.find(
    ({ HealthCheckConfig: { IPAddress, FullyQualifiedDomainName } }) =>
      IPAddress === address && FullyQualifiedDomainName === apiName,
  );
  if (!own) throw missing(node, `no health check asks ${address} for ${apiName}`);
  return own.Id;
}

function missing({ name }: AwsNode, because: string) {
  return cannot(
    `node ${name}`,
    `can't be taken out of its region's entry: ${because}`,
    "Bring the stack to what its file says with: pulumi up --refresh",
  );
}
