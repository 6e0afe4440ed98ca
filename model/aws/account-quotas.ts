import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";

/** A quota of an account in each region, as Service Quotas knows it. */
export interface AccountQuota {
  readonly serviceCode: string;
  readonly quotaCode: string;
}

/** "EC2-VPC Elastic IPs". Every node has one. AWS's default is 5. */
export const elasticIpQuota: AccountQuota = { serviceCode: "ec2", quotaCode: "L-0263D0A3" };

/** "VPCs per Region". The stack has one in each region. AWS's default is 5, of which the default VPC is one. */
export const vpcQuota: AccountQuota = { serviceCode: "vpc", quotaCode: "L-F678F1CE" };

/** The command that asks AWS for a higher quota. */
export function quotaRequest({ serviceCode, quotaCode }: AccountQuota, value: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --service-code ${serviceCode} --quota-code ${quotaCode} --desired-value ${value} --region ${region}`;
}

/** What an account has of one kind in a region. */
export interface QuotaUse {
  readonly limit: number;
  /** Of the whole account, this stack's included. */
  readonly inUse: number;
  /** This stack's. */
  readonly own: number;
}

/**
 * Rejects nodes that the account has no Elastic IPs left for: `AllocateAddress` would fail when other nodes and the network
 * exist.
 */
export function elasticIpErrors({ regions }: Pick<Settings, "regions">, region: string, use: QuotaUse): ConfigError[] {
  const index = regions.findIndex(({ name }) => name === region);
  const nodes = regions[index]?.nodes ?? 0;
  const missing = nodes - use.own;
  const needed = use.inUse + missing;
  if (missing <= 0 || needed <= use.limit) return [];
  return [
    {
      key: `livekit:regions[${index}].nodes`,
      value: nodes,
      rule: `needs ${missing} more Elastic IPs in ${region}, where the account uses ${use.inUse} of ${use.limit}`,
      fix: `Raise the quota with: ${quotaRequest(elasticIpQuota, needed, region)} and run the command again once it is granted; or set fewer nodes`,
    },
  ];
}

/** Rejects a region that the account has no VPC left in: `CreateVpc` would fail when other regions exist. */
export function vpcErrors({ regions }: Pick<Settings, "regions">, region: string, use: QuotaUse): ConfigError[] {
  const needed = use.inUse + 1;
  if (use.own > 0 || needed <= use.limit) return [];
  return [
    {
      key: `livekit:regions[${regions.findIndex(({ name }) => name === region)}].name`,
      value: region,
      rule: `needs 1 more VPC in ${region}, where the account uses ${use.inUse} of ${use.limit}`,
      fix: `Raise the quota with: ${quotaRequest(vpcQuota, needed, region)} and run the command again once it is granted; or delete a VPC that is not in use`,
    },
  ];
}
