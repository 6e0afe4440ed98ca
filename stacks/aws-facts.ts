import * as ec2 from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws/provider";
import * as route53 from "@pulumi/aws/route53";
import type { AwsFacts } from "../components/aws/stack";
import { amiError, cacheTopic, hostedZoneErrors, missingAmiError, topicErrors } from "../model/aws/account-errors";
import { debian } from "../model/aws/debian";
import { type Offer, offerErrors, similarTypes, zonesByType } from "../model/aws/offer";
import { type AwsPlan, type AwsRegion, primaryRegion } from "../model/aws/plan";
import { labels } from "../model/labels";
import { required } from "../model/required";
import { type ConfigError, throwIfAny, UserError } from "../model/user-error";
import { ask, readAccountId } from "./aws-questions";
import { requireElasticIps, requireVcpus, requireVpc } from "./aws-quotas";

/**
 * Reads facts from the AWS account: the hosted zone, each region's offered and running instances, and AMIs. Also checks
 * that the quotas for VPCs, Elastic IPs and vCPUs allow a new region and new nodes.
 * @throws UserError with everything that is missing, or the reason why a call failed
 */
export async function findFacts(plan: AwsPlan, provider: Provider): Promise<AwsFacts> {
  const errors: ConfigError[] = [];
  const collect = <T>(lookup: Promise<T>): Promise<T | undefined> =>
    lookup.catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      errors.push(...error.errors);
      return undefined;
    });
  const [zoneId, offers, machineImages] = await Promise.all([
    collect(findZoneId(plan, provider)),
    Promise.all(plan.regions.map(async (region) => [region.name, await collect(findOffer(plan, region, provider))])),
    Promise.all(plan.regions.map(async (region) => [region.name, await collect(findImage(plan, region, provider))])),
    collect(requireOwnTopic(plan, provider)),
    Promise.all(plan.regions.map((region) => collect(requireVpc(plan, region, provider)))),
    Promise.all(plan.regions.map((region) => collect(requireElasticIps(plan, region, provider)))),
    Promise.all(plan.regions.map((region) => collect(requireVcpus(plan, region, provider)))),
  ]);
  // Without credentials, every call fails with the same error: report it once.
  const different = errors.filter((error, i) => errors.findIndex(({ rule }) => rule === error.rule) === i);
  if (different.length > 0) throw new UserError(different);
  return {
    zoneId: required(zoneId, "id of the hosted zone"),
    offers: Object.fromEntries(offers),
    machineImages: Object.fromEntries(machineImages),
  };
}

/** Checks that the topic ElastiCache notifies is in this account. @throws UserError */
async function requireOwnTopic(plan: AwsPlan, provider: Provider): Promise<void> {
  const { name } = primaryRegion(plan);
  if (cacheTopic(plan.settings, name) === undefined) return;
  throwIfAny(topicErrors(plan.settings, name, await readAccountId(provider)));
}

async function findZoneId({ zoneName }: AwsPlan, provider: Provider): Promise<string> {
  const outcomes = hostedZoneErrors(zoneName);
  const { zoneId } = await ask(route53.getZone({ name: zoneName, privateZone: false }, { provider }), outcomes);
  return zoneId;
}

/**
 * Reads which zones offer the instance type: not every zone of a region has every type. Nodes that already run with
 * that type are not checked.
 */
async function findOffer({ namePrefix, settings }: AwsPlan, region: AwsRegion, provider: Provider): Promise<Offer> {
  const { name, nodes } = region;
  const called = { key: `${regionKey(settings, name)}.name`, name };
  const type = nodes[0].instanceType;
  const filter = (values: readonly string[]) => [{ name: "instance-type", values: [...values] }];
  const offerings = {
    region: name,
    locationType: "availability-zone",
    filters: filter([type, ...similarTypes(type)]),
  };
  const own = {
    region: name,
    instanceTags: { [labels.stack]: namePrefix },
    instanceStateNames: ["pending", "running", "stopping", "stopped"],
    filters: filter([type]),
  };
  const [{ instanceTypes, locations }, { privateIps }] = await Promise.all([
    ask(ec2.getInstanceTypeOfferings(offerings, { provider }), { region: called }),
    ask(ec2.getInstances(own, { provider }), { region: called }),
  ]);
  const offer = {
    zones: zonesByType(region, instanceTypes, locations),
    unchanged: nodes.filter(({ privateAddress }) => privateIps.includes(privateAddress)).map(({ name }) => name),
  };
  throwIfAny(offerErrors(settings, region, offer));
  return offer;
}

async function findImage(
  { settings }: AwsPlan,
  { name: region, nodes }: AwsRegion,
  provider: Provider,
): Promise<AwsFacts["machineImages"][string]> {
  const [node] = nodes;
  if (node === undefined) throw new Error(`the plan has no node in ${region}`);
  const { architecture } = node;
  const amiId = settings.regions.find(({ name }) => name === region)?.amiId;
  const key = `${regionKey(settings, region)}.amiId`;
  const called = { key: `${regionKey(settings, region)}.name`, name: region };
  if (amiId === undefined) {
    const name = debian.imagePattern[architecture];
    const query = { region, owners: [debian.owner], mostRecent: true, filters: [{ name: "name", values: [name] }] };
    const none = missingAmiError(key, name, region);
    const image = await ask(ec2.getAmi(query, { provider }), { none, region: called });
    return { id: image.id, pinned: false };
  }
  const query = { region, filters: [{ name: "image-id", values: [amiId] }] };
  const none = amiError(key, amiId, `is no image that this account can use in ${region}`);
  const image = await ask(ec2.getAmi(query, { provider }), { none, region: called });
  if (image.architecture !== architecture) {
    throwIfAny([amiError(key, amiId, `is for ${image.architecture}, and ${node.instanceType} is ${architecture}`)]);
  }
  return { id: image.id, pinned: true };
}

function regionKey({ regions }: AwsPlan["settings"], name: string): string {
  return `livekit:regions[${regions.findIndex((region) => region.name === name)}]`;
}
