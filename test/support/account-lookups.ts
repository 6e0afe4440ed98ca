import type { GetInstancesArgs, GetVpcsArgs } from "@pulumi/aws/ec2";

/** Running instances. */
interface Running {
  readonly type: string;
  readonly count: number;
  readonly spot?: true;
  /** Tenancy of the instances. @default "default": shared hardware */
  readonly tenancy?: "dedicated" | "host";
  readonly own?: true;
}

/** The account's contents as lookups return them. `failure` and `failures` are error messages of the provider. */
export interface Account {
  /** Zones that offer the instance type of the settings. */
  readonly zones: readonly string[];
  /** Instance type of the first node. @default no node exists */
  readonly liveType?: string;
  readonly hostedZone: string;
  readonly architecture: string;
  /** Number of Elastic IPs of other stacks and of this one. */
  readonly addresses?: number;
  readonly ownAddresses?: number;
  /** Quota of Elastic IPs. @default 5, AWS's default */
  readonly addressQuota?: number;
  /** Number of VPCs of other stacks, and whether this stack has one. */
  readonly vpcs?: number;
  readonly ownVpc?: boolean;
  /** Number of VPCs of another account, which shares them with this one. */
  readonly sharedVpcs?: number;
  /** Quota of vCPUs. */
  readonly vcpus?: number;
  readonly instances?: readonly Running[];
  readonly failure?: string;
  /** Error messages of single lookups, by token. */
  readonly failures?: Readonly<Record<string, string>>;
}

const [accountId, sharingAccountId] = ["123456789012", "210987654321"];

/** An account in which the smallest stack can be created. */
export const complete: Account = { zones: ["eu-central-1a"], hostedZone: "example.com", architecture: "x86_64" };

/** Returns the provider's result of a lookup. @throws Error with the provider's message */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's mocks pass inputs of this type
export function lookUp(account: Account, token: string, inputs: any): Record<string, unknown> {
  const failed = account.failure ?? account.failures?.[token];
  if (failed) throw failure(failed);
  switch (token) {
    case "aws:route53/getZone:getZone":
      if (account.hostedZone === "twice") {
        throw failure("multiple Route 53 Hosted Zones matched; use additional constraints to reduce matches");
      }
      if (inputs.name !== account.hostedZone) throw failure("no matching Route 53 Hosted Zone found");
      return { zoneId: "Z0123456789" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId };
    case "aws:kms/getPublicKey:getPublicKey":
      return { publicKeyPem: "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n" };
    case "aws:ec2/getEips:getEips":
      return { publicIps: ownAndOtherAddresses(account, inputs.tags?.["livekit-stack"] !== undefined) };
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: vpcIds(account, inputs as GetVpcsArgs) };
    case "aws:ec2/getInstances:getInstances":
      return {
        ids: runningIds(account, inputs as GetInstancesArgs),
        privateIps: inputs.filters.at(-1).values[0] === account.liveType ? ["10.0.0.4"] : [],
      };
    case "aws:servicequotas/getServiceQuota:getServiceQuota":
      return { value: quotas(account)[`${inputs.serviceCode} ${inputs.quotaCode}`] };
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
      return offerings(account, inputs.filters[0].values);
    default:
      return { id: "ami-0123456789abcdef0", architecture: account.architecture };
  }
}

/** Filters instances as DescribeInstances does. */
function runningIds(account: Account, { filters = [], instanceTags }: GetInstancesArgs): string[] {
  const values = (name: string) => filters.find((filter) => filter.name === name)?.values;
  const matches = (type: string) =>
    values("instance-type")?.some((pattern) =>
      RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(type),
    );
  return (account.instances ?? [])
    .filter(({ type, spot, own }) => matches(type) && (spot || !values("instance-lifecycle")) && (own || !instanceTags))
    .filter(({ tenancy = "default" }) => values("tenancy")?.includes(tenancy) ?? true)
    .flatMap(({ type, count }) => Array(count).fill(type));
}

/** Quota values by service and quota code. */
const quotas = (account: Account): Readonly<Record<string, number>> => ({
  "ec2 L-1216C47A": account.vcpus ?? 32,
  "ec2 L-0263D0A3": account.addressQuota ?? 5,
  "vpc L-F678F1CE": 5,
});

function ownAndOtherAddresses(account: Account, own: boolean): string[] {
  const { addresses = 0, ownAddresses = 0 } = account;
  return Array(own ? ownAddresses : addresses + ownAddresses).fill("203.0.113.1");
}

/** Filters VPCs as DescribeVpcs does. */
function vpcIds(account: Account, { filters = [], tags }: GetVpcsArgs): string[] {
  const { vpcs: others = 1, sharedVpcs = 0, ownVpc = false } = account;
  const owners = filters.find(({ name }) => name === "owner-id")?.values ?? [accountId, sharingAccountId];
  const vpcs = [
    ...Array(Number(ownVpc)).fill(accountId),
    ...(tags ? [] : [...Array(others).fill(accountId), ...Array(sharedVpcs).fill(sharingAccountId)]),
  ];
  return vpcs.filter((owner) => owners.includes(owner)).map(() => "vpc-0a1b2c");
}

/** Offers the settings' type in the account's zones, and similar types in zones a and b. */
function offerings(account: Account, [type, ...similar]: readonly string[]) {
  const all = [
    ...account.zones.map((zone) => [type, zone]),
    ...similar.flatMap((other) => ["a", "b"].map((zone) => [other, `eu-central-1${zone}`])),
  ];
  return { instanceTypes: all.map(([type]) => type), locations: all.map(([, zone]) => zone) };
}

/** Creates an error with the members of a gRPC error. */
export function failure(details: string): Error {
  return Object.assign(new Error(details), { details });
}
