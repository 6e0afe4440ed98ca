/**
 * EC2 families that suit an SFU: compute-optimised, network-optimised and general-purpose. Leaves out bare metal and
 * burstable types, whose CPU credits do not last for a whole call.
 */

/** The properties of an instance type that matter for media. */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  /** Bandwidth that is always available in each direction. Network credits allow more for some minutes. */
  readonly baselineMbps: number;
  readonly memoryMegabytes: number;
}

/**
 * Baseline bandwidth in Mbps by family and size, as in `BaselineBandwidthInGbps` of `aws ec2 describe-instance-types`,
 * as of August 2026. Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/, from the table that Karpenter
 * generates from it (aws/karpenter-provider-aws, `zz_generated.bandwidth.go`, 2026-08-18).
 */
const baselines: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  c6i: sizes(781, 1562, 3125, 6250, 12500, 18750, 25000, { "24xlarge": 37500, "32xlarge": 50000 }),
  c6in: sizes(3125, 6250, 12500, 25000, 50000, 75000, 100000, { "24xlarge": 150000, "32xlarge": 200000 }),
  c7i: sizes(781, 1562, 3125, 6250, 12500, 18750, 25000, { "24xlarge": 37500, "48xlarge": 50000 }),
  c8i: sizes(937, 1875, 3750, 7500, 15000, 22500, 30000, { "24xlarge": 40000, "32xlarge": 50000, "48xlarge": 75000 }),
  m7i: sizes(781, 1562, 3125, 6250, 12500, 18750, 25000, { "24xlarge": 37500, "48xlarge": 50000 }),
  c6g: sizes(750, 1250, 2500, 5000, 12000, 20000, 25000, { medium: 500 }),
  c7g: sizes(937, 1876, 3750, 7500, 15000, 22500, 30000, { medium: 520 }),
  c8g: sizes(937, 1875, 3750, 7500, 15000, 22500, 30000, { medium: 520, "24xlarge": 40000, "48xlarge": 50000 }),
  m7g: sizes(937, 1876, 3750, 7500, 15000, 22500, 30000, { medium: 520 }),
  c7gn: sizes(6250, 12500, 25000, 50000, 100000, 150000, 200000, { medium: 3125 }),
};

/** MiB of memory per vCPU, by the first letter of the family (AWS's instance type explorer). */
const memoryPerVcpu: Readonly<Record<string, number>> = { c: 2048, m: 4096 };

export const instanceFamilies = Object.keys(baselines);

/** Every type of the table. */
export const instanceTypes: readonly InstanceType[] = Object.entries(baselines).flatMap(([family, sizes]) =>
  Object.entries(sizes).map(([size, baselineMbps]) => ({
    name: `${family}.${size}`,
    vcpus: vcpusOf(size),
    baselineMbps,
    memoryMegabytes: vcpusOf(size) * (memoryPerVcpu[family.charAt(0)] ?? 0),
  })),
);

/** Returns a type of the table. Undefined for an unknown type. */
export function instanceType(name: string): InstanceType | undefined {
  return instanceTypes.find((type) => type.name === name);
}

/**
 * Instances with at least this many vCPUs send half of their bandwidth outside their region. Smaller instances send at
 * most 5 Gbps.
 */
const largeInstanceVcpus = 32;
const smallInstanceInternetMbps = 5000;

/**
 * Returns the bandwidth in Mbps that an instance can always send to the internet.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html, "Multi-flow
 * traffic".
 * @example internetMbps(c7i.large) // 781: its baseline
 * @example internetMbps(c6in.2xlarge) // 5000: of its 12500
 * @example internetMbps(c7i.8xlarge) // 6250: half of its 12500
 */
export function internetMbps({ vcpus, baselineMbps }: InstanceType): number {
  return vcpus < largeInstanceVcpus ? Math.min(baselineMbps, smallInstanceInternetMbps) : baselineMbps / 2;
}

/** Returns the vCPUs of a size, the same in every family of the table: medium 1, large 2, xlarge 4, Nxlarge 4 N. */
export function vcpusOf(size: string): number {
  const named = { medium: 1, large: 2, xlarge: 4 }[size];
  return named ?? Number.parseInt(size, 10) * 4;
}

function sizes(
  large: number,
  xlarge: number,
  x2: number,
  x4: number,
  x8: number,
  x12: number,
  x16: number,
  others: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const common = { "2xlarge": x2, "4xlarge": x4, "8xlarge": x8, "12xlarge": x12, "16xlarge": x16 };
  return { large, xlarge, ...common, ...others };
}
