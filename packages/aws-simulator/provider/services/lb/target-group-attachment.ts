import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import { awsError } from "../../aws-error";
import { ec2 } from "../../ec2/client";
import { managed } from "../../managed";
import { regional } from "../../resource";
import { balancing, port, service } from "./client";

/** Health reasons of targets that no longer belong to the group. */
const goneReasons: readonly string[] = ["Target.NotRegistered", "Target.DeregistrationInProgress"];

/**
 * `aws:lb/targetGroupAttachment:TargetGroupAttachment` of an instance. As with the official provider, a removal doesn't
 * wait for the target to drain.
 */
export const targetGroupAttachment = managed({
  token: "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  inputs: { ...regional, targetGroupArn: z.string().min(1), targetId: z.string().min(1), port: port.optional() },
  replaceOn: ["targetGroupArn", "targetId", "port"],
  computed: [],
  async make({ region, targetGroupArn: TargetGroupArn, targetId, port: Port }) {
    await validateTarget(region, TargetGroupArn, targetId);
    await balancing(region).send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: targetId, Port }] }));
    return [TargetGroupArn, targetId, ...(Port === undefined ? [] : [Port])].join(",");
  },
  async find(id, region) {
    const { TargetGroupArn, Targets } = partsOf(id);
    const command = new DescribeTargetHealthCommand({ TargetGroupArn, Targets });
    const [found] = (await balancing(region).send(command)).TargetHealthDescriptions ?? [];
    if (!found || goneReasons.includes(found.TargetHealth?.Reason ?? "")) return undefined;
    return { targetGroupArn: TargetGroupArn, targetId: found.Target?.Id, port: found.Target?.Port };
  },
  remove(id, region) {
    return balancing(region).send(new DeregisterTargetsCommand(partsOf(id)));
  },
});

function partsOf(id: string) {
  const [TargetGroupArn = "", Id = "", port] = id.split(",");
  return { TargetGroupArn, Targets: [{ Id, ...(port && { Port: Number(port) }) }] };
}

/** Validates a target, because moto registers anything. @throws AWS's error */
async function validateTarget(region: string, TargetGroupArn: string, id: string): Promise<void> {
  const groups = new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] });
  const [group] = (await balancing(region).send(groups)).TargetGroups ?? [];
  const command = new DescribeInstancesCommand({ InstanceIds: [id] });
  const [instance] = ((await ec2(region).send(command)).Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
  const registerError = (words: string) => awsError(service, "RegisterTargets", "InvalidTarget", words);
  if (instance?.State?.Name !== "running") {
    throw registerError(`The following targets are not in a running state and cannot be registered: '${id}'`);
  }
  if (instance.VpcId !== group?.VpcId) {
    throw registerError(`The following targets are not in the target group VPC '${group?.VpcId}': '${id}'`);
  }
}
