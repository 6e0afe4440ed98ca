import * as ec2 from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws/provider";
import * as route53 from "@pulumi/aws/route53";
import type { AwsFacts } from "../components/aws/stack";
import { debian } from "../model/aws/debian";
import { type CalledRegion, callFault } from "../model/aws/errors";
import type { AwsPlan, AwsRegion } from "../model/aws/plan";
import { type Fault, Refusal, refuse } from "../model/fault";
import { labels } from "../model/labels";
import { elasticIpFaults } from "../model/settings/aws-region-rules";

/**
 * Asks the account for what only it knows: the zone, the zones of each region that have the instance type, the images; and whether it has Elastic IPs
 * left for new nodes.
 * @throws Refusal with everything that is missing, or why the account can't be asked
 */
export async function findFacts(plan: AwsPlan, provider: Provider): Promise<AwsFacts> {
  const faults: Fault[] = [];
  const collect = <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      faults.push(...error.faults);
      return undefined;
    });
  const [zoneId, zones, machineImages] = await Promise.all([
    collect(findZoneId(plan, provider)),
    Promise.all(plan.regions.map(async (region) => [region.name, await collect(findZones(plan, region, provider))])),
    Promise.all(plan.regions.map(async (region) => [region.name, await collect(findImage(plan, region, provider))])),
    Promise.all(plan.regions.map((region) => collect(requireElasticIps(plan, region, provider)))),
  ]);
  // Every call of one account fails alike without credentials: said once.
  const different = faults.filter((fault, i) => faults.findIndex(({ rule }) => rule === fault.rule) === i);
  if (different.length > 0) throw new Refusal(different);
  return {
    zoneId: zoneId ?? "",
    zones: Object.fromEntries(zones),
    machineImages: Object.fromEntries(machineImages),
  };
}

async function findZoneId({ zoneName }: AwsPlan, provider: Provider): Promise<string> {
  const fault = { key: "livekit:hostedZone", value: zoneName };
  const zone = await ask(route53.getZone({ name: zoneName, privateZone: false }, { provider }), {
    none: {
      ...fault,
      rule: "is no public hosted zone of this account",
      fix: `Make it with: aws route53 create-hosted-zone --name ${zoneName} --caller-reference ${zoneName}, and let the domain's registrar name its servers; or name the zone above with: pulumi config set livekit:hostedZone ZONE`,
    },
    several: {
      ...fault,
      rule: "is the name of several public hosted zones of this account",
      fix: `List them with: aws route53 list-hosted-zones-by-name --dns-name ${zoneName}, and delete all but the one whose name servers the registrar has`,
    },
  });
  return zone.zoneId;
}

/** Every new node takes an address, and AWS has a quota of them. */
async function requireElasticIps({ namePrefix, settings }: AwsPlan, { name }: AwsRegion, provider: Provider) {
  const index = settings.regions.findIndex((region) => region.name === name);
  const region = { key: `livekit:regions[${index}].name`, name };
  const count = async (tags: Record<string, string>) =>
    (await ask(ec2.getEips({ region: name, tags }, { provider }), { region })).publicIps.length;
  const [inUse, own] = await Promise.all([count({}), count({ [labels.stack]: namePrefix })]);
  refuse(elasticIpFaults(settings, name, inUse, own));
}

/** Not every zone of a region has every instance type. */
async function findZones(
  plan: AwsPlan,
  { name: region, subnets, sharedSubnets }: AwsRegion,
  provider: Provider,
): Promise<readonly [string, ...string[]]> {
  const index = plan.settings.regions.findIndex(({ name }) => name === region);
  const { instanceType = "", zones: named = [] } = plan.settings.regions[index] ?? {};
  const query = {
    region,
    locationType: "availability-zone",
    filters: [{ name: "instance-type", values: [instanceType] }],
  };
  const { locations } = await ask(ec2.getInstanceTypeOfferings(query, { provider }), {
    region: { key: `livekit:regions[${index}].name`, name: region },
  });
  // A region's own zones end in one letter; local zones have names of their own.
  const zones = locations.filter((zone) => /^[a-z]$/.test(zone.slice(region.length))).sort();
  const [first, ...others] = zones;
  const missing = named.filter((zone) => !zones.includes(zone));
  if (first === undefined || missing.length > 0) {
    const where = first === undefined ? region : missing.join(", ");
    throw new Refusal([
      {
        key: `livekit:regions[${index}].instanceType`,
        value: instanceType,
        rule: `is not to be had in ${where}`,
        fix: `Set another with: pulumi config set --path 'livekit:regions[${index}].instanceType' TYPE${first ? `, or zones of ${zones.join(", ")}` : ""}. What there is: aws ec2 describe-instance-type-offerings --region ${region}`,
      },
    ]);
  }
  // Elastic Load Balancing takes one subnet a zone, and Redis in one zone alone would go with it.
  if (sharedSubnets.length > 0 && zones.length < subnets.length) {
    throw new Refusal([
      {
        key: `livekit:regions[${index}].instanceType`,
        value: instanceType,
        rule: `is to be had in ${zones.join(", ")} alone, and ${region} needs ${subnets.length} zones for its load balancer or Redis`,
        fix: `Set another with: pulumi config set --path 'livekit:regions[${index}].instanceType' TYPE. What there is: aws ec2 describe-instance-type-offerings --location-type availability-zone --region ${region}`,
      },
    ]);
  }
  return [first, ...others];
}

async function findImage(
  { settings }: AwsPlan,
  { name: region, nodes }: AwsRegion,
  provider: Provider,
): Promise<AwsFacts["machineImages"][string]> {
  const [node] = nodes;
  if (node === undefined) throw new Error(`${region} has no node`);
  const { architecture } = node;
  const index = settings.regions.findIndex(({ name }) => name === region);
  const amiId = settings.regions[index]?.amiId;
  const key = `livekit:regions[${index}].amiId`;
  const called = { key: `livekit:regions[${index}].name`, name: region };
  const forget = `Take Debian's newest with: pulumi config rm --path '${key}'`;
  if (amiId === undefined) {
    const name = debian.imagePattern[architecture];
    const query = { region, owners: [debian.owner], mostRecent: true, filters: [{ name: "name", values: [name] }] };
    const none = {
      key,
      rule: `is required: Debian has published no ${name} in ${region}`,
      fix: `Name an image of Debian 13 with: pulumi config set --path '${key}' ami-0123456789abcdef0`,
    };
    const image = await ask(ec2.getAmi(query, { provider }), { none, region: called });
    return { id: image.id, pinned: false };
  }
  const query = { region, filters: [{ name: "image-id", values: [amiId] }] };
  const none = { key, value: amiId, rule: `is no image that this account can use in ${region}`, fix: forget };
  const image = await ask(ec2.getAmi(query, { provider }), { none, region: called });
  if (image.architecture !== architecture) {
    const rule = `is for ${image.architecture}, and ${node.instanceType} is ${architecture}`;
    throw new Refusal([{ key, value: amiId, rule, fix: forget }]);
  }
  return { id: image.id, pinned: true };
}

interface Outcomes {
  /** What is wrong where the account has nothing of the kind. */
  readonly none?: Fault;
  /** Where it has more than one. */
  readonly several?: Fault;
  readonly region?: CalledRegion;
}

/** @throws Refusal with what is wrong: in the account, or with the call */
async function ask<T>(asked: Promise<T>, { none, several, region }: Outcomes): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (none && /no matching|no results|couldn't find resource/i.test(text)) throw new Refusal([none]);
    if (several && /multiple .* matched/i.test(text)) throw new Refusal([several]);
    throw new Refusal([callFault(text, region)]);
  }
}
