import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { SecurityGroupRule } from "../../model/aws/ingress";

export interface FirewallArgs {
  readonly namePrefix: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Allowed ingress. All other ingress is denied. */
  readonly rules: readonly SecurityGroupRule[];
}

/**
 * The nodes' security group. Ingress: the port table, and ICMP for path MTU discovery. Egress: everything. Each rule is
 * a resource, so that a preview shows which port opens or closes. Costs nothing.
 *
 * @example new Firewall("euc1", { namePrefix, region, vpcId: vpc.id, rules: securityGroupRules(plan) }, { parent: this })
 */
export class Firewall extends pulumi.ComponentResource {
  readonly group: ec2.SecurityGroup;
  readonly rules: readonly pulumi.Resource[];

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Firewall", name, {}, opts);
    const { region } = args;
    this.group = this.createGroup(name, args);
    this.rules = [
      this.createEgressRule(name, region),
      ...args.rules.flatMap((rule) => this.createIngressRules(name, region, rule)),
    ];
    this.registerOutputs({ groupId: this.group.id });
  }

  private createGroup(name: string, { namePrefix, region, vpcId }: FirewallArgs): ec2.SecurityGroup {
    return new ec2.SecurityGroup(
      `${name}-nodes`,
      {
        region,
        vpcId,
        description: `Nodes of ${namePrefix}: the port table`,
        tags: { Name: `${namePrefix}-${name}-nodes` },
      },
      { parent: this },
    );
  }

  private createIngressRules(name: string, region: string, rule: SecurityGroupRule): vpc.SecurityGroupIngressRule[] {
    return rule.sources.map(
      (cidr) =>
        new vpc.SecurityGroupIngressRule(
          `${name}-${rule.name}-${cidr === "0.0.0.0/0" ? "world" : cidr}`,
          {
            region,
            securityGroupId: this.group.id,
            ipProtocol: rule.protocol,
            fromPort: rule.first,
            toPort: rule.last,
            cidrIpv4: cidr,
            description: rule.description,
          },
          { parent: this },
        ),
    );
  }

  /** Allows all egress: media to participants anywhere, and requests to package mirrors, registries, AWS and the CA. */
  private createEgressRule(name: string, region: string): vpc.SecurityGroupEgressRule {
    return new vpc.SecurityGroupEgressRule(
      `${name}-egress`,
      {
        region,
        securityGroupId: this.group.id,
        ipProtocol: "-1",
        cidrIpv4: "0.0.0.0/0",
        description: "Media to participants; packages, images, AWS, certificates",
      },
      { parent: this },
    );
  }
}
