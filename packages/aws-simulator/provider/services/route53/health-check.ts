import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import {
  ChangeTagsForResourceCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCommand,
  ListTagsForResourceCommand,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { z } from "zod";
import type { Inputs } from "../../../../provider-kit/resource-type";
import { managed } from "../../managed";
import { tagged, tagsFound } from "../../resource";
import { changeTags } from "../../tags";
import { route53 } from "./client";

const text = z.string().min(1).max(255);

const inputs = {
  ...tagged,
  type: z.enum(["HTTP", "HTTPS", "TCP"]),
  ipAddress: z
    .string()
    .refine((address) => isIP(address) > 0, "must be an IP address")
    .optional(),
  fqdn: text.optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  resourcePath: text.regex(/^\//, "must begin with /").optional(),
  requestInterval: z.literal([10, 30], "must be 10 or 30").default(30),
  failureThreshold: z.number().int().min(1).max(10).default(3),
  enableSni: z.boolean().optional(),
  /** Inverting the check removes a draining node from its region's DNS record. */
  invertHealthcheck: z.boolean().default(false),
  disabled: z.boolean().default(false),
};

type CheckInputs = Inputs<typeof inputs>;

/** `aws:route53/healthCheck:HealthCheck` of an endpoint. */
export const healthCheck = managed({
  token: "aws:route53/healthCheck:HealthCheck",
  inputs,
  replaceOn: ["type", "requestInterval"],
  computed: ["arn"],
  validate: errors,
  async make({ type: Type, requestInterval, ...check }) {
    const HealthCheckConfig = { Type, RequestInterval: requestInterval, ...changeable({ ...check, type: Type }) };
    const command = new CreateHealthCheckCommand({ CallerReference: randomUUID(), HealthCheckConfig });
    return (await route53().send(command)).HealthCheck?.Id;
  },
  async set(HealthCheckId, check, before) {
    const changes = before ? changed(changeable(before as CheckInputs), changeable(check)) : {};
    if (Object.keys(changes).length > 0) {
      await route53().send(new UpdateHealthCheckCommand({ HealthCheckId, ...changes }));
    }
    const tagging = { ResourceType: "healthcheck", ResourceId: HealthCheckId } as const;
    await changeTags(check.tagsAll, before ?? {}, {
      give: (AddTags) => route53().send(new ChangeTagsForResourceCommand({ ...tagging, AddTags })),
      take: (RemoveTagKeys) => route53().send(new ChangeTagsForResourceCommand({ ...tagging, RemoveTagKeys })),
    });
  },
  async find(HealthCheckId) {
    const { HealthCheck } = await route53().send(new GetHealthCheckCommand({ HealthCheckId }));
    const config = HealthCheck?.HealthCheckConfig;
    if (!config) return undefined;
    const tagging = { ResourceType: "healthcheck", ResourceId: HealthCheckId } as const;
    const { ResourceTagSet } = await route53().send(new ListTagsForResourceCommand(tagging));
    return {
      arn: `arn:aws:route53:::healthcheck/${HealthCheckId}`,
      type: config.Type,
      ipAddress: config.IPAddress,
      fqdn: config.FullyQualifiedDomainName,
      port: config.Port,
      resourcePath: config.ResourcePath,
      requestInterval: config.RequestInterval,
      failureThreshold: config.FailureThreshold,
      enableSni: config.EnableSNI,
      invertHealthcheck: config.Inverted,
      disabled: config.Disabled,
      ...tagsFound(ResourceTagSet?.Tags),
    };
  },
  remove: (HealthCheckId) => route53().send(new DeleteHealthCheckCommand({ HealthCheckId })),
});

/** Returns the settings that an update can change. As in Route 53, SNI is on by default for HTTPS. */
function changeable(check: Omit<CheckInputs, "requestInterval">) {
  return {
    IPAddress: check.ipAddress,
    FullyQualifiedDomainName: check.fqdn,
    Port: check.port,
    ResourcePath: check.resourcePath,
    FailureThreshold: check.failureThreshold,
    EnableSNI: check.enableSni ?? check.type === "HTTPS",
    Inverted: check.invertHealthcheck,
    Disabled: check.disabled,
  };
}

/** Returns only the changed settings, as the official plugin does, so that changes made outside Pulumi are kept. */
function changed<T extends object>(before: T, after: T): Partial<T> {
  const moved = Object.entries(after).filter(([name, value]) => value !== before[name as keyof T]);
  return Object.fromEntries(moved) as Partial<T>;
}

function errors({ type, ipAddress, fqdn, port, resourcePath }: CheckInputs): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [ipAddress === undefined && fqdn === undefined, "ipAddress, fqdn: one of them must be given"],
    [type === "TCP" && resourcePath !== undefined, "resourcePath: a TCP check has none"],
    [type === "TCP" && port === undefined, "port: must be given for a TCP check"],
  ];
  return rules.flatMap(([broken, rule]) => (broken ? [rule] : []));
}
