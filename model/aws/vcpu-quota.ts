import { vcpusOf } from "../capacity/instances";
import { required } from "../required";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import { quotaRequest } from "./account-quotas";

/** A quota on the vCPUs of a region's running On-Demand instances. */
export interface VcpuQuota {
  /** Quota code in Service Quotas, service `ec2`. */
  readonly code: string;
  /** Family names of the types that count towards the quota: the letters before the generation number. */
  readonly families: readonly string[];
}

/**
 * The vCPU quotas for On-Demand Instances (EC2 user guide, "On-Demand Instance quotas"). HPC instances are left out,
 * because they have half the vCPUs of other types of the same size: an hpc7a.12xlarge has 24.
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

/** Returns the quota that an instance type counts towards. Undefined if no quota is known for it. */
export function vcpuQuotaOf(instanceType: string): VcpuQuota | undefined {
  const [family] = /^[a-z]+(?=\d)/.exec(instanceType) ?? [];
  return quotas.find(({ families }) => families.some((each) => each === family));
}

const multiples = [2, 3, 4, 6, 8, 9, 10, 12, 16, 18, 24, 32, 48, 96];

/**
 * EC2 instance sizes with a known number of vCPUs. For bare metal without a size in its name the number differs by
 * family.
 */
export const countedSizes: readonly string[] = [
  ...["nano", "micro", "small", "medium", "large", "xlarge"],
  ...multiples.map((n) => `${n}xlarge`),
  ...[16, 24, 32, 48, 96].map((n) => `metal-${n}xl`),
];

/**
 * Tenancies that count towards a vCPU quota (filter `tenancy` of DescribeInstances). Tenancy `host` does not: Dedicated
 * Hosts have quotas by number of hosts (Service Quotas, "Running Dedicated c7i Hosts"). Dedicated Instances have no
 * quotas of their own.
 */
export const countedTenancies: readonly string[] = ["default", "dedicated"];

/** Returns an instance type's vCPUs by its size. Counts burstable types below large as 1 vCPU, although they have 2. */
export function vcpusOfType(instanceType: string): number {
  const size = instanceType.slice(instanceType.indexOf(".") + 1).replace(/^metal-/, "");
  return vcpusOf(size) || 1;
}

/**
 * Returns values of DescribeInstances' filter `instance-type` for the types of one size that count towards a quota.
 * Each value has a digit after the family's letters, because `d*` would also match dl1, which has another quota. A
 * filter takes 200 values.
 * @param size one of {@link countedSizes}, or `*`
 */
export function typesOf({ families }: VcpuQuota, size: string): string[] {
  return families.flatMap((family) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `${family}${digit}*.${size}`));
}

/**
 * Rejects nodes that exceed the account's vCPU quota. Otherwise `RunInstances` would fail after the network and Redis
 * are created, or after the replaced node is deleted.
 * @param limit the quota's value in the region
 * @param inUse vCPUs of running instances in the region that count towards the quota and are not in this stack
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
  const quota = { serviceCode: "ec2", quotaCode: required(vcpuQuotaOf(instanceType), `quota of ${instanceType}`).code };
  return [
    {
      key: `livekit:regions[${index}].nodes`,
      value: nodes,
      rule: `the stack needs ${own} vCPUs in ${region}, where other instances use ${inUse} and the account's quota is ${limit}`,
      fix: `Raise the quota with: ${quotaRequest(quota, needed, region)} and, when AWS grants the request, run the command again; or set fewer nodes or a smaller type`,
    },
  ];
}
