import { vcpusOf } from "../capacity/instances";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import { quotaRequest } from "./account-quotas";

/** A quota on the vCPUs of the On-Demand instances that run in a region. */
export interface VcpuQuota {
  /** Of Service Quotas, service `ec2`. */
  readonly code: string;
  /** What a type that counts towards it begins with, before the number of its generation. */
  readonly families: readonly string[];
}

/**
 * AWS's EC2 user guide, "On-Demand Instance quotas". Without HPC instances, which have half as many vCPUs as
 * other types of their size: an hpc7a.12xlarge has 24.
 */
const quotas: readonly VcpuQuota[] = [
  { code: "L-1216C47A", families: ["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"] },
  { code: "L-74FC7D96", families: ["f"] },
  { code: "L-DB2E81BA", families: ["g", "gr", "vt"] },
  { code: "L-1945791B", families: ["inf"] },
  { code: "L-417A185B", families: ["p"] },
  { code: "L-2C3B7624", families: ["trn"] },
  { code: "L-7295265B", families: ["x"] },
];

/** The quota that an instance type counts towards. Undefined for a type that is not known to have one. */
export function vcpuQuotaOf(instanceType: string): VcpuQuota | undefined {
  const [family] = /^[a-z]+(?=\d)/.exec(instanceType) ?? [];
  return quotas.find(({ families }) => families.some((each) => each === family));
}

const multiples = [2, 3, 4, 6, 8, 9, 10, 12, 16, 18, 24, 32, 48, 96];

/** Sizes of EC2's types that have a number of vCPUs. Bare metal without a size in its name differs by family. */
export const countedSizes: readonly string[] = [
  ...["nano", "micro", "small", "medium", "large", "xlarge"],
  ...multiples.map((n) => `${n}xlarge`),
  ...[16, 24, 32, 48, 96].map((n) => `metal-${n}xl`),
];

/**
 * Tenancies that count towards a vCPU quota (DescribeInstances' filter `tenancy`). Tenancy `host` does not: Dedicated Hosts
 * have quotas of their own, by hosts (Service Quotas, "Running Dedicated c7i Hosts"). Dedicated Instances have none.
 */
export const countedTenancies: readonly string[] = ["default", "dedicated"];

/** vCPUs of an instance type, by its size, and 1 at the least: burstable types below large have 2. */
export function vcpusOfType(instanceType: string): number {
  const size = instanceType.slice(instanceType.indexOf(".") + 1).replace(/^metal-/, "");
  return vcpusOf(size) || 1;
}

/**
 * Values of DescribeInstances' filter `instance-type` for the types of one size that count towards a quota. The digit keeps
 * other quotas' families out: `d*` would take dl1 in. A filter takes 200 values.
 * @param size of {@link countedSizes}, or `*`
 */
export function typesOf({ families }: VcpuQuota, size: string): string[] {
  return families.flatMap((family) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `${family}${digit}*.${size}`));
}

/**
 * Rejects nodes that the account has no vCPUs left for: `RunInstances` would fail when the network and Redis exist, or when
 * the node that is replaced is gone.
 * @param limit the quota's value in the region
 * @param inUse vCPUs of the instances there that count towards it, without this stack's
 */
export function vcpuErrors(
  settings: Pick<Settings, "regions">,
  region: string,
  limit: number,
  inUse: number,
): ConfigError[] {
  const index = settings.regions.findIndex(({ name }) => name === region);
  const { nodes = 0, instanceType = "" } = settings.regions[index] ?? {};
  const own = nodes * vcpusOfType(instanceType);
  const needed = inUse + own;
  if (needed <= limit) return [];
  const quota = { serviceCode: "ec2", quotaCode: vcpuQuotaOf(instanceType)?.code ?? "" };
  return [
    {
      key: `livekit:regions[${index}].nodes`,
      value: nodes,
      rule: `needs ${own} vCPUs in ${region}, where other instances run with ${inUse} and the account's quota is ${limit}`,
      fix: `Raise the quota with: ${quotaRequest(quota, needed, region)} and run the command again once it is granted; or set fewer nodes or a smaller type`,
    },
  ];
}
