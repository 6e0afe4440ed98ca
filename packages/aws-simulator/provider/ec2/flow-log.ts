import { CreateFlowLogsCommand, DeleteFlowLogsCommand, DescribeFlowLogsCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { regional, tagged, tagsFound } from "../resource";
import { arnOf, ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/flowLog:FlowLog` of a VPC, delivered to CloudWatch Logs. */
export const flowLog = ec2Type({
  token: "aws:ec2/flowLog:FlowLog",
  inputs: {
    ...regional,
    ...tagged,
    vpcId: z.string(),
    trafficType: z.enum(["ACCEPT", "ALL", "REJECT"]),
    logDestination: z.string(),
    logDestinationType: z.literal("cloud-watch-logs").default("cloud-watch-logs"),
    iamRoleArn: z.string(),
    maxAggregationInterval: z.union([z.literal(60), z.literal(600)]).default(600),
  },
  replaceOn: ["vpcId", "trafficType", "logDestination", "logDestinationType", "iamRoleArn", "maxAggregationInterval"],
  computed: ["arn", "logFormat"],
  async make(client, wanted) {
    const { FlowLogIds, Unsuccessful } = await client.send(
      new CreateFlowLogsCommand({
        ResourceType: "VPC",
        ResourceIds: [wanted.vpcId],
        TrafficType: wanted.trafficType,
        LogDestinationType: wanted.logDestinationType,
        LogDestination: wanted.logDestination.replace(/:\*$/, ""),
        DeliverLogsPermissionArn: wanted.iamRoleArn,
        MaxAggregationInterval: wanted.maxAggregationInterval,
        ...tagsOf("vpc-flow-log", wanted.tagsAll),
      }),
    );
    const error = only(Unsuccessful)?.Error;
    if (error) throw ec2Error("CreateFlowLogs", error.Code ?? "", error.Message ?? "");
    return only(FlowLogIds);
  },
  async find(client, id) {
    const found = only((await client.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }))).FlowLogs);
    return (
      found && {
        arn: await arnOf(client, `vpc-flow-log/${id}`),
        vpcId: found.ResourceId,
        trafficType: found.TrafficType,
        logDestination: found.LogDestination,
        logDestinationType: found.LogDestinationType,
        logFormat: found.LogFormat,
        iamRoleArn: found.DeliverLogsPermissionArn,
        maxAggregationInterval: found.MaxAggregationInterval,
        ...tagsFound(found.Tags),
      }
    );
  },
  remove: (client, id) => client.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] })),
});
