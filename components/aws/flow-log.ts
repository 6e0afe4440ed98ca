import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { flowLogPolicy, flowLogTrust } from "../../model/aws/policies";
import { logRetentionDays } from "../../model/aws/watch";
import { createFirst } from "./replacement";

export interface FlowLogArgs {
  readonly namePrefix: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
}

/**
 * A VPC flow log of accepted and rejected connections, kept for 30 days. Costs $0.50 a gigabyte ingested
 * (`model/aws/prices.ts`). That is cheap for this stack: media uses few connections for much data.
 *
 * @example new FlowLog("euc1", { namePrefix, region: "eu-central-1", vpcId: vpc.id }, { parent: this })
 */
export class FlowLog extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:FlowLog", name, {}, opts);
    const group = this.createLogGroup(name, args);
    const role = this.createRole(name, args, group);
    const policy = this.createPolicy(name, group, role);
    this.createFlowLog(name, args, group, role, policy);
    this.registerOutputs({});
  }

  private createLogGroup(name: string, { namePrefix, region }: FlowLogArgs): cloudwatch.LogGroup {
    return new cloudwatch.LogGroup(
      `${name}-flow-log`,
      { region, name: `/livekit/${namePrefix}/${name}/flow`, retentionInDays: logRetentionDays },
      { parent: this, ...createFirst },
    );
  }

  private createRole(name: string, { namePrefix, region }: FlowLogArgs, group: cloudwatch.LogGroup): iam.Role {
    return new iam.Role(
      `${name}-flow-log-role`,
      {
        name: `${namePrefix}-${name}-flow-log`,
        description: `Writes the connections of ${namePrefix}'s VPC in ${region} to its log`,
        assumeRolePolicy: group.arn.apply((arn) => JSON.stringify(flowLogTrust(arn))),
      },
      { parent: this, ...createFirst },
    );
  }

  private createPolicy(name: string, group: cloudwatch.LogGroup, role: iam.Role): iam.RolePolicy {
    return new iam.RolePolicy(
      `${name}-flow-log-policy`,
      { role: role.id, policy: group.arn.apply((arn) => JSON.stringify(flowLogPolicy(arn))) },
      { parent: this },
    );
  }

  private createFlowLog(
    name: string,
    { region, vpcId }: FlowLogArgs,
    group: cloudwatch.LogGroup,
    role: iam.Role,
    policy: iam.RolePolicy,
  ): void {
    new ec2.FlowLog(
      `${name}-flow`,
      { region, vpcId, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn },
      { parent: this, dependsOn: [policy] },
    );
  }
}
