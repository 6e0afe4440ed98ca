import { balancedRows, nodeTag } from "../../model/aws/account-names";
import type { AwsNode, AwsPlan } from "../../model/aws/plan";
import { cannot } from "../../model/user-error";
import type { AwsCli } from "./cli";

/** A node's Elastic IP. */
export interface NodeAddress {
  readonly address: string;
  /** Id of the instance that has the Elastic IP. Undefined if no instance has it. */
  readonly instance?: string;
}

interface Tagged {
  readonly PublicIp: string;
  readonly InstanceId?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/** Returns the Elastic IP of each node that has one, by node name. @throws UserError with the AWS CLI's message */
export async function nodeAddresses(aws: AwsCli, plan: AwsPlan): Promise<Readonly<Record<string, NodeAddress>>> {
  const found = await Promise.all(plan.regions.map(({ name, nodes }) => addressesIn(aws.in(name), plan, nodes)));
  return Object.fromEntries(found.flat());
}

async function addressesIn(aws: AwsCli, plan: AwsPlan, nodes: readonly AwsNode[]) {
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

async function nodeAddress(aws: AwsCli, plan: AwsPlan, node: AwsNode): Promise<NodeAddress | undefined> {
  const [found] = await addressesIn(aws.in(node.region), plan, [node]);
  return found?.[1];
}

/**
 * Returns the variables that name a node's instance to `requestShell`: each request is for one instance.
 * @throws UserError if the node has no instance, or with the message of the AWS CLI
 */
export async function instanceVariables(
  aws: AwsCli,
  plan: AwsPlan,
  node: AwsNode,
): Promise<Readonly<Record<"INSTANCE" | "NODE_REGION", string>>> {
  const { instance } = await instanceOf(aws, plan, node);
  return { INSTANCE: instance, NODE_REGION: node.region };
}

async function instanceOf(aws: AwsCli, plan: AwsPlan, node: AwsNode): Promise<Required<NodeAddress>> {
  const own = await nodeAddress(aws, plan, node);
  if (!own?.instance) throw missing(node, "no instance has its Elastic IP");
  return { address: own.address, instance: own.instance };
}

/**
 * Returns the environment variables for the script from `requestShell`. With these variables, the script deregisters a
 * node from its region's traffic routing and registers it again, as `pulumi up` does. With `loadBalancer: none`, the
 * variables only identify the instance.
 * @throws UserError if the node is not registered, or with the message of the AWS CLI
 */
export async function entryVariables(aws: AwsCli, plan: AwsPlan, node: AwsNode): Promise<Record<string, string>> {
  const { loadBalancer } = plan.settings;
  if (loadBalancer === "none") return instanceVariables(aws, plan, node);
  const own = await instanceOf(aws, plan, node);
  const entry = { INSTANCE: own.instance, NODE_REGION: node.region };
  return loadBalancer === "nlb"
    ? { ...entry, TARGET_GROUPS: await targetGroups(aws, plan, node) }
    : { ...entry, HEALTH_CHECK: await healthCheck(aws, plan, node, own.address) };
}

/** Returns the ARNs of the node's target groups, separated by spaces. */
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

/** Returns the id of the Route 53 health check that polls the API's host name at the node's address. */
async function healthCheck(aws: AwsCli, { apiName }: AwsPlan, node: AwsNode, address: string): Promise<string> {
  const { HealthChecks } = await aws.call<{ HealthChecks: HealthCheck[] }>("route53", "list-health-checks");
  const own = HealthChecks.find(
    ({ HealthCheckConfig: { IPAddress, FullyQualifiedDomainName } }) =>
      IPAddress === address && FullyQualifiedDomainName === apiName,
  );
  if (!own) throw missing(node, `no health check polls ${address} for ${apiName}`);
  return own.Id;
}

function missing({ name }: AwsNode, because: string) {
  return cannot(
    `node ${name}`,
    `the node can't be deregistered from its region's traffic routing: ${because}`,
    "Apply the stack's settings with: pulumi up --refresh",
  );
}
