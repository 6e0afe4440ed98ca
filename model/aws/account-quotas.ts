import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";

/** Identifies a quota in AWS Service Quotas. AWS applies the quota to each account and region separately. */
export interface AccountQuota {
  readonly serviceCode: string;
  readonly quotaCode: string;
}

/** Quota "EC2-VPC Elastic IPs". Every node has one Elastic IP. AWS's default is 5. */
export const elasticIpQuota: AccountQuota = { serviceCode: "ec2", quotaCode: "L-0263D0A3" };

/** Quota "VPCs per Region". The stack has one VPC in each region. AWS's default is 5, including the default VPC. */
export const vpcQuota: AccountQuota = { serviceCode: "vpc", quotaCode: "L-F678F1CE" };

/** Returns the command that requests a higher quota from AWS. */
export function quotaRequest({ serviceCode, quotaCode }: AccountQuota, value: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --service-code ${serviceCode} --quota-code ${quotaCode} --desired-value ${value} --region ${region}`;
}

/** Returns the warning that a quota is not checked because AWS denies an action. */
export function skippedCheck({ quotaCode }: AccountQuota, region: string, action: string): string {
  return (
    `Skips the check of quota ${quotaCode} in ${region}: AWS denies the action ${action}. ` +
    "To check it, allow the action in the policy of these credentials and in your organization's SCPs"
  );
}

/** An account's use of one quota in a region. */
export interface QuotaUse {
  readonly limit: number;
  /** Use of the whole account, including this stack. */
  readonly inUse: number;
  /** Use of this stack. */
  readonly own: number;
}

/**
 * Rejects nodes that exceed the account's Elastic IP quota. Otherwise `AllocateAddress` would fail after the network
 * and other nodes are created.
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
      rule: `the stack needs ${missing} more Elastic IPs in ${region}, where the account uses ${use.inUse} of ${use.limit}`,
      fix: `Raise the quota with: ${quotaRequest(elasticIpQuota, needed, region)} and, when AWS grants the request, run the command again; or set fewer nodes`,
    },
  ];
}

/**
 * Rejects a region that exceeds the account's VPC quota. Otherwise `CreateVpc` would fail after other regions are
 * created.
 */
export function vpcErrors({ regions }: Pick<Settings, "regions">, region: string, use: QuotaUse): ConfigError[] {
  const needed = use.inUse + 1;
  if (use.own > 0 || needed <= use.limit) return [];
  return [
    {
      key: `livekit:regions[${regions.findIndex(({ name }) => name === region)}].name`,
      value: region,
      rule: `the stack needs 1 more VPC in ${region}, where the account uses ${use.inUse} of ${use.limit}`,
      fix: `Raise the quota with: ${quotaRequest(vpcQuota, needed, region)} and, when AWS grants the request, run the command again; or delete a VPC that is not in use`,
    },
  ];
}
