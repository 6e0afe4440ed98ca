import {
  GetHostedZoneCommand,
  type HostedZone,
  ListHostedZonesByNameCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { z } from "zod";
import { required } from "../../provider-kit/required";
import type { Properties } from "../../provider-kit/values";
import { clientOf } from "./clients";
import { getAmi, getCallerIdentity, getEips, getInstances, getInstanceTypeOfferings, getVpcs } from "./ec2/functions";
import { getPublicKey } from "./services/kms/key";
import { getServiceQuota } from "./services/service-quotas";

/** Functions that the program calls, by token. */
export const functions: Readonly<Record<string, (args: Properties) => Promise<Properties>>> = {
  "aws:ec2/getAmi:getAmi": getAmi,
  "aws:ec2/getEips:getEips": getEips,
  "aws:ec2/getInstances:getInstances": getInstances,
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": getInstanceTypeOfferings,
  "aws:ec2/getVpcs:getVpcs": getVpcs,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:kms/getPublicKey:getPublicKey": getPublicKey,
  "aws:route53/getZone:getZone": getZone,
  "aws:servicequotas/getServiceQuota:getServiceQuota": getServiceQuota,
};

const route53 = clientOf("Route 53", (options) => new Route53Client(options));

const zoneArgs = z.strictObject({ name: z.string(), privateZone: z.boolean().default(false) });

/** @throws the official plugin's error if no zone or more than one zone matches */
async function getZone(given: Properties): Promise<Properties> {
  const { name, privateZone } = zoneArgs.parse(given);
  const plain = name.replace(/\.$/, "");
  const matching = (await zonesFrom(plain)).filter(
    (zone) => zone.Name === `${plain}.` && (zone.Config?.PrivateZone ?? false) === privateZone,
  );
  const [zone] = matching;
  if (!zone) throw new Error("no matching Route 53 Hosted Zone found");
  if (matching.length > 1) throw new Error("multiple Route 53 Hosted Zones matched");
  const zoneId = required(zone.Id, "Id").replace("/hostedzone/", "");
  const { DelegationSet } = await route53().send(new GetHostedZoneCommand({ Id: zoneId }));
  return {
    arn: `arn:aws:route53:::hostedzone/${zoneId}`,
    callerReference: zone.CallerReference,
    comment: zone.Config?.Comment ?? "",
    id: zoneId,
    name: plain,
    nameServers: [...(DelegationSet?.NameServers ?? [])].sort(),
    privateZone,
    resourceRecordSetCount: zone.ResourceRecordSetCount,
    zoneId,
  };
}

/** Lists hosted zones in the order of their names, starting with the zones of this name. */
async function zonesFrom(name: string): Promise<HostedZone[]> {
  return (await route53().send(new ListHostedZonesByNameCommand({ DNSName: name }))).HostedZones ?? [];
}
