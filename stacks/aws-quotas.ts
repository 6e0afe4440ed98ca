import * as ec2 from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws/provider";
import * as servicequotas from "@pulumi/aws/servicequotas";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccountQuota,
  elasticIpErrors,
  elasticIpQuota,
  skippedCheck,
  vpcErrors,
  vpcQuota,
} from "../model/aws/account-quotas";
import type { CalledRegion } from "../model/aws/errors";
import type { AwsPlan, AwsRegion } from "../model/aws/plan";
import {
  countedSizes,
  countedTenancies,
  typesOf,
  type VcpuQuota,
  vcpuErrors,
  vcpuQuotaOf,
  vcpusOfType,
} from "../model/aws/vcpu-quota";
import { labels } from "../model/labels";
import { throwIfAny } from "../model/user-error";
import { ask, DeniedError, readAccountId } from "./aws-questions";

type Check = (plan: AwsPlan, region: AwsRegion, provider: Provider) => Promise<void>;

/** Checks that every new node can get an address. Reads no quota if every node has one already. @throws UserError */
export const requireElasticIps: Check = (plan, region, provider) =>
  skipIfDenied(elasticIpQuota, region, async () => {
    const { namePrefix, settings } = plan;
    const count = async (tags: Record<string, string>) =>
      (await ask(ec2.getEips({ region: region.name, tags }, { provider }), { region: called(plan, region) })).publicIps
        .length;
    const own = await count({ [labels.stack]: namePrefix });
    if (own >= region.nodes.length) return;
    const [limit, inUse] = await Promise.all([quotaValue(elasticIpQuota, plan, region, provider), count({})]);
    throwIfAny(elasticIpErrors(settings, region.name, { limit, inUse, own }));
  });

/**
 * Checks that the region can have its VPC. Reads no quota if the VPC exists already. A VPC that another account shares
 * with this one (AWS RAM) counts towards that account's quota.
 * @throws UserError
 */
export const requireVpc: Check = (plan, region, provider) =>
  skipIfDenied(vpcQuota, region, async () => {
    const { namePrefix, settings } = plan;
    const count = async (which: Pick<ec2.GetVpcsArgs, "filters" | "tags">) => {
      const query = { region: region.name, ...which };
      return (await ask(ec2.getVpcs(query, { provider }), { region: called(plan, region) })).ids.length;
    };
    const own = await count({ tags: { [labels.stack]: namePrefix } });
    if (own > 0) return;
    const ofAccount = { filters: [{ name: "owner-id", values: [await readAccountId(provider)] }] };
    const [limit, inUse] = await Promise.all([quotaValue(vpcQuota, plan, region, provider), count(ofAccount)]);
    throwIfAny(vpcErrors(settings, region.name, { limit, inUse, own }));
  });

/**
 * Checks that the vCPU quota suffices for new nodes. Reads no quota if every node runs already, as in most previews.
 * @throws UserError
 */
export const requireVcpus: Check = async (plan, region, provider) => {
  const [{ instanceType } = { instanceType: "" }] = region.nodes;
  const vcpuQuota = vcpuQuotaOf(instanceType);
  if (vcpuQuota === undefined) return;
  const quota = { serviceCode: "ec2", quotaCode: vcpuQuota.code };
  await skipIfDenied(quota, region, async () => {
    const instances = new RunningInstances(called(plan, region), vcpuQuota, provider);
    const own = { instanceTags: { [labels.stack]: plan.namePrefix } };
    if ((await instances.count([instanceType], own)) >= region.nodes.length) return;
    const [limit, all, spot, ownVcpus] = await Promise.all([
      quotaValue(quota, plan, region, provider),
      instances.vcpus({}),
      // These vCPUs are subtracted: Spot Instances have a separate quota, and no filter selects only On-Demand
      // Instances.
      instances.vcpus({ filters: [{ name: "instance-lifecycle", values: ["spot"] }] }),
      instances.vcpus(own),
    ]);
    throwIfAny(vcpuErrors(plan.settings, region.name, limit, all - spot - ownVcpus));
  });
};

/**
 * IAM actions that only quota checks need. If AWS denies one of these, the check is skipped; any other denied action is
 * an error.
 */
const checkActions = [
  "ec2:DescribeAddresses",
  "ec2:DescribeVpcs",
  "servicequotas:GetAWSDefaultServiceQuota",
  "servicequotas:GetServiceQuota",
];

/** Runs the check of a quota. Skips it with a warning if AWS denies an action: an organization's SCP may do so. */
async function skipIfDenied(quota: AccountQuota, region: AwsRegion, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof DeniedError) || !checkActions.includes(error.action)) throw error;
    await pulumi.log.warn(skippedCheck(quota, region.name, error.action));
  }
}

/** Returns the quota's current value in a region, including increases that AWS has granted. */
async function quotaValue(
  { serviceCode, quotaCode }: AccountQuota,
  plan: AwsPlan,
  region: AwsRegion,
  provider: Provider,
): Promise<number> {
  const query = { region: region.name, serviceCode, quotaCode };
  return (await ask(servicequotas.getServiceQuota(query, { provider }), { region: called(plan, region) })).value;
}

type Which = Pick<ec2.GetInstancesArgs, "filters" | "instanceTags">;

/**
 * A region's instances that count towards a quota. Runs one query per instance size, because the provider lists
 * instance ids without their types.
 */
class RunningInstances {
  constructor(
    private readonly region: CalledRegion,
    private readonly quota: VcpuQuota,
    private readonly provider: Provider,
  ) {}

  async count(types: readonly string[], { filters = [], ...which }: Which): Promise<number> {
    const { region, provider } = this;
    const query = {
      ...which,
      region: region.name,
      instanceStateNames: ["pending", "running"],
      filters: [
        ...filters,
        { name: "tenancy", values: [...countedTenancies] },
        { name: "instance-type", values: [...types] },
      ],
    };
    return (await ask(ec2.getInstances(query, { provider }), { region })).ids.length;
  }

  async vcpus(which: Which): Promise<number> {
    if ((await this.count(typesOf(this.quota, "*"), which)) === 0) return 0;
    const sizes = countedSizes.map(
      async (size) => (await this.count(typesOf(this.quota, size), which)) * vcpusOfType(`.${size}`),
    );
    return (await Promise.all(sizes)).reduce((sum, vcpus) => sum + vcpus, 0);
  }
}

function called({ settings }: AwsPlan, { name }: AwsRegion): CalledRegion {
  return { key: `livekit:regions[${settings.regions.findIndex((region) => region.name === name)}].name`, name };
}
