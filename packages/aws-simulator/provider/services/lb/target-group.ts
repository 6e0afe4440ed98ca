import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import type { Inputs } from "../../../../provider-kit/resource-type";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList } from "../../resource";
import { onceFree } from "../until";
import { findTags, setTags } from "./balancing-tags";
import { attributeList, attributesFound, balancing, balancingName, port } from "./client";

const count = z.number().int();
const threshold = count.min(2).max(10).default(3);

const healthCheck = z.strictObject({
  enabled: z.boolean().default(true),
  protocol: z.enum(["TCP", "HTTP", "HTTPS"]).default("HTTP"),
  port: z
    .union([z.literal("traffic-port"), z.string().regex(/^\d{1,5}$/)], "must be traffic-port or a port")
    .default("traffic-port"),
  path: z.string().min(1).max(1024).regex(/^\//, "must begin with /").optional(),
  matcher: z
    .string()
    .regex(/^\d{3}([-,]\d{3})*$/, "must be status codes such as 200, 200,202 or 200-299")
    .optional(),
  interval: count.min(5).max(300).default(30),
  timeout: count.min(2).max(120).default(10),
  healthyThreshold: threshold,
  unhealthyThreshold: threshold,
});

const longestDelaySeconds = 3600;
/** Maximum wait for the deletion of a listener that uses the target group. The official provider waits equally long. */
const inUseSeconds = 120;

const inputs = {
  ...regional,
  ...tagged,
  name: balancingName,
  vpcId: z.string().min(1),
  targetType: z.literal("instance", "must be instance: no other type is implemented").default("instance"),
  protocol: z.literal("TCP", "must be TCP: nothing else is implemented"),
  port,
  preserveClientIp: z.enum(["true", "false"]).optional(),
  deregistrationDelay: count.min(0).max(longestDelaySeconds).default(300),
  connectionTermination: z.boolean().default(false),
  targetHealthStates: z
    .array(
      z.strictObject({
        enableUnhealthyConnectionTermination: z.boolean(),
        unhealthyDrainingInterval: count.min(0).max(360_000).default(0),
      }),
    )
    .max(1)
    .optional(),
  healthCheck,
};

type GroupInputs = Inputs<typeof inputs>;

/** Attribute names in the API. */
const names = {
  delay: "deregistration_delay.timeout_seconds",
  termination: "deregistration_delay.connection_termination.enabled",
  clientIp: "preserve_client_ip.enabled",
  unhealthyTermination: "target_health_state.unhealthy.connection_termination.enabled",
  unhealthyDraining: "target_health_state.unhealthy.draining_interval_seconds",
} as const;

/** `aws:lb/targetGroup:TargetGroup` of instances, for network load balancers. */
export const targetGroup = managed({
  token: "aws:lb/targetGroup:TargetGroup",
  inputs,
  replaceOn: ["name", "port", "protocol", "targetType", "vpcId"],
  deleteBeforeReplace: true,
  computed: ["arn", "arnSuffix"],
  validate: errors,
  async make({ region, name: Name, vpcId, protocol, port: Port, targetType, tagsAll, healthCheck: check }) {
    const named = await orGone(balancing(region).send(new DescribeTargetGroupsCommand({ Names: [Name] })));
    if (named?.TargetGroups?.length) throw new Error(`ELBv2 Target Group (${Name}) already exists`);
    const about = { Name, VpcId: vpcId, Protocol: protocol, Port, TargetType: targetType, Tags: tagList(tagsAll) };
    const { TargetGroups } = await balancing(region).send(
      new CreateTargetGroupCommand({ ...about, ...checkToPut(check) }),
    );
    return TargetGroups?.[0]?.TargetGroupArn;
  },
  async set(TargetGroupArn, { region, tagsAll, ...wanted }, before) {
    const Attributes = attributesToPut(wanted);
    await balancing(region).send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
    if (!before) return;
    const changed = { TargetGroupArn, ...checkToPut(wanted.healthCheck) };
    await balancing(region).send(new ModifyTargetGroupCommand(changed));
    await setTags(region, TargetGroupArn, tagsAll, before);
  },
  async find(arn, region, known) {
    const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    const [found] = (await balancing(region).send(command)).TargetGroups ?? [];
    if (!found) return undefined;
    const of = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
    const attributes = attributesFound((await balancing(region).send(of)).Attributes);
    return {
      arn,
      arnSuffix: arn.split(":").at(-1),
      name: found.TargetGroupName,
      vpcId: found.VpcId,
      targetType: found.TargetType,
      protocol: found.Protocol,
      port: found.Port,
      healthCheck: checkFound(found),
      ...attributesRead(attributes, known as Partial<GroupInputs>),
      ...(await findTags(region, arn)),
    };
  },
  remove(arn, region, _, call) {
    const ask = () => balancing(region).send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
    return onceFree(ask, ({ name }) => name.startsWith("ResourceInUse"), call, inUseSeconds);
  },
});

function attributesToPut(
  wanted: Pick<
    GroupInputs,
    "deregistrationDelay" | "connectionTermination" | "preserveClientIp" | "targetHealthStates"
  >,
) {
  const [state] = wanted.targetHealthStates ?? [];
  return attributeList({
    // moto's maximum is one second less than AWS's.
    [names.delay]: Math.min(wanted.deregistrationDelay, longestDelaySeconds - 1),
    [names.termination]: wanted.connectionTermination,
    [names.clientIp]: wanted.preserveClientIp,
    [names.unhealthyTermination]: state?.enableUnhealthyConnectionTermination,
    [names.unhealthyDraining]: state?.unhealthyDrainingInterval,
  });
}

function attributesRead(found: Readonly<Record<string, string | undefined>>, known: Partial<GroupInputs>) {
  const delay = Number(found[names.delay]);
  const longest = known.deregistrationDelay === longestDelaySeconds && delay === longestDelaySeconds - 1;
  const termination = found[names.unhealthyTermination];
  return {
    deregistrationDelay: longest ? longestDelaySeconds : delay,
    connectionTermination: found[names.termination] === "true",
    preserveClientIp: found[names.clientIp],
    targetHealthStates: termination && [
      {
        enableUnhealthyConnectionTermination: termination === "true",
        unhealthyDrainingInterval: Number(found[names.unhealthyDraining] ?? 0),
      },
    ],
  };
}

function checkToPut(check: GroupInputs["healthCheck"]) {
  return {
    HealthCheckEnabled: check.enabled,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckPath: check.path,
    HealthCheckIntervalSeconds: check.interval,
    HealthCheckTimeoutSeconds: check.timeout,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    Matcher: check.matcher === undefined ? undefined : { HttpCode: check.matcher },
  };
}

function checkFound(group: TargetGroup) {
  return {
    enabled: group.HealthCheckEnabled,
    protocol: group.HealthCheckProtocol,
    port: group.HealthCheckPort,
    path: group.HealthCheckPath,
    interval: group.HealthCheckIntervalSeconds,
    timeout: group.HealthCheckTimeoutSeconds,
    healthyThreshold: group.HealthyThresholdCount,
    unhealthyThreshold: group.UnhealthyThresholdCount,
    matcher: group.Matcher?.HttpCode,
  };
}

function errors({ healthCheck: check, targetHealthStates = [] }: GroupInputs): string[] {
  const http = check.path !== undefined || check.matcher !== undefined;
  const rules: readonly (readonly [boolean, string])[] = [
    [check.protocol === "TCP" && http, "healthCheck.path, healthCheck.matcher: a TCP check has none"],
    [check.timeout > check.interval, "healthCheck.timeout: must be at most healthCheck.interval"],
    [
      targetHealthStates.some(
        (state) => state.enableUnhealthyConnectionTermination && state.unhealthyDrainingInterval > 0,
      ),
      "targetHealthStates: an unhealthyDrainingInterval takes enableUnhealthyConnectionTermination false",
    ],
  ];
  return rules.flatMap(([broken, rule]) => (broken ? [rule] : []));
}
