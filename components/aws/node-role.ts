import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { type NodePolicyArgs, nodePolicy, trustPolicy } from "../../model/aws/policies";
import { createFirst } from "./replacement";

export interface NodeRoleArgs {
  readonly namePrefix: string;
  readonly node: string;
  /** Resources that the node's policy names. */
  readonly policy: pulumi.Input<NodePolicyArgs>;
  /**
   * Bucket through which the node receives requests. If the bucket is replaced, the old instance still receives its
   * drain request through the old bucket. The old policy stays in force until the drain ends.
   */
  readonly bucket: pulumi.Input<string>;
}

/**
 * One node's IAM role, its policy and its instance profile. Costs nothing.
 *
 * @example new NodeRole("euc1-1", { namePrefix, node: "euc1-1", policy, bucket }, { parent: this })
 */
export class NodeRole extends pulumi.ComponentResource {
  readonly profile: iam.InstanceProfile;
  readonly policy: iam.RolePolicy;

  constructor(name: string, args: NodeRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:NodeRole", name, {}, opts);
    const role = this.createRole(name, args);
    this.policy = this.createPolicy(name, args, role);
    this.profile = this.createProfile(name, args, role);
    this.registerOutputs({});
  }

  private createRole(name: string, { namePrefix, node }: NodeRoleArgs): iam.Role {
    return new iam.Role(
      `${name}-role`,
      {
        name: `${namePrefix}-${node}`,
        description: `What node ${node} of ${namePrefix} may do: fetch its bundle and secrets, report`,
        assumeRolePolicy: JSON.stringify(trustPolicy("ec2.amazonaws.com")),
      },
      { parent: this, ...createFirst },
    );
  }

  private createPolicy(name: string, { policy, bucket }: NodeRoleArgs, role: iam.Role): iam.RolePolicy {
    return new iam.RolePolicy(
      `${name}-policy`,
      { role: role.id, policy: pulumi.output(policy).apply((args) => JSON.stringify(nodePolicy(args))) },
      { parent: this, replacementTrigger: bucket },
    );
  }

  private createProfile(name: string, { namePrefix, node }: NodeRoleArgs, role: iam.Role): iam.InstanceProfile {
    return new iam.InstanceProfile(
      `${name}-profile`,
      { name: `${namePrefix}-${node}`, role: role.name },
      { parent: this, ...createFirst },
    );
  }
}
