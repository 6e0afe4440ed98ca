import type * as ec2 from "@pulumi/aws/ec2";
import type * as vpc from "@pulumi/aws/vpc";
import type { PolicyResource, PolicyResourceOptions } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { securityGroupRules } from "../../model/aws/ingress";
import { type AwsPlan, type AwsRegion, primaryRegion } from "../../model/aws/plan";
import { elasticachePort } from "../../model/ports/internal";
import { formatPorts } from "../../model/ports/table";
import type { PolicyContext } from "../context";
import { eitherOf, inputsOf, known, type Rule, when } from "../rule";

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const securityGroup = "aws:ec2/securityGroup:SecurityGroup";

/** Ports of SSH and Remote Desktop. */
const shellPorts = [22, 3389];
const world = ["0.0.0.0/0", "::/0"];

type Ingress = Unwrap<vpc.SecurityGroupIngressRuleArgs>;

/** Rules for security groups. */
export const networkRules: readonly Rule[] = [
  {
    name: "port-table",
    control: "Ingress rules open only the port table (model/ports/table.ts) with the stack's settings",
    remedy: "Change livekit:ports, portIngress, apiIngress, adminCidrs, monitoring or scrapeCidrs instead of a rule",
    validate: inputsOf<vpc.SecurityGroupIngressRuleArgs>(ingressRule, (rule, { plan }, { opts }) => {
      const planned = isOfRedis(opts) ? redisRows(plan, rule.region) : nodeRows(plan, rule.region);
      return when(!planned.includes(opening(rule)), opening(rule));
    }),
  },
  {
    name: "port-table-open",
    control: "Every row of the port table is open to the sources that the settings allow",
    remedy: "Restore the rule: without it, calls fail for clients that need that path",
    validateStack: (resources, { plan }) => {
      const open = resources.filter(({ type }) => type === ingressRule).map(({ props }) => inRegion(props as Ingress));
      const wanted = (plan?.regions ?? []).flatMap((region) =>
        rows(plan, region).map((row) => `${region.name}: ${row}`),
      );
      return wanted.filter((row) => !open.includes(row)).map((row) => ({ what: `${row} is closed` }));
    },
  },
  {
    name: "no-remote-shell",
    control: "No rule opens the ports of SSH and Remote Desktop, even if the port table has them",
    remedy: "Choose another port in livekit:ports; npm run nodes needs no inbound access",
    validate: inputsOf<vpc.SecurityGroupIngressRuleArgs>(ingressRule, (rule) =>
      shellPorts.flatMap((port) => when(reaches(rule, port), `${opening(rule)} includes ${port}`)),
    ),
  },
  {
    name: "rules-described",
    control: "Every security group and every rule has a description",
    remedy: "Give it a description",
    validate: eitherOf(
      ...[ingressRule, egressRule, securityGroup].map((type) =>
        inputsOf<{ readonly description?: string }>(type, ({ description }) =>
          when(!description || description === "Managed by Pulumi", "it has no description"),
        ),
      ),
    ),
  },
  {
    name: "rules-apart",
    control: "Each security group rule is a separate resource, so that a preview shows each port",
    remedy: "Move it to a SecurityGroupIngressRule or SecurityGroupEgressRule",
    validate: eitherOf(
      inputsOf<ec2.SecurityGroupArgs>(securityGroup, ({ ingress = [], egress = [] }) =>
        when(ingress.length + egress.length > 0, "it has inline rules"),
      ),
      inputsOf<ec2.SecurityGroupRuleArgs>("aws:ec2/securityGroupRule:SecurityGroupRule", () => [
        "its type has no description and no tags of its own",
      ]),
    ),
  },
  {
    name: "egress-narrow",
    control: "Egress rules name their networks",
    remedy: "Name the network, or add a waiver with a reason to policy/waivers.ts",
    validate: inputsOf<vpc.SecurityGroupEgressRuleArgs>(egressRule, ({ ipProtocol, cidrIpv4, cidrIpv6 }) =>
      [cidrIpv4, cidrIpv6].flatMap((cidr) =>
        when(world.includes(cidr ?? ""), `${ipProtocol === "-1" ? "all protocols" : ipProtocol} to ${cidr}`),
      ),
    ),
  },
  {
    name: "default-group-closed",
    control: "Resources without a security group get a default group that allows nothing",
    remedy: "Add a DefaultSecurityGroup without ingress and egress to the VPC",
    validateStack: (resources) =>
      resources
        .filter(({ type }) => type === "aws:ec2/vpc:Vpc")
        .filter((each) => !resources.some((other) => closes(other, each)))
        .map((resource) => ({ what: `the default group of ${resource.name} is not closed`, resource })),
  },
  {
    name: "redis-private",
    control: "Only the stack's own networks reach Redis",
    remedy: "Remove the rule: the stack allows the nodes' networks without it",
    validate: inputsOf<vpc.SecurityGroupIngressRuleArgs>(ingressRule, (rule, { plan }) =>
      when(
        reaches(rule, elasticachePort) && !plan?.regions.some(({ cidr }) => cidr === rule.cidrIpv4),
        `Redis is open to ${source(rule)}`,
      ),
    ),
  },
];

/** Formats a rule, e.g. `tcp 443 from 0.0.0.0/0`. Rules that allow the same traffic have the same text. */
function opening(rule: Ingress): string {
  const { ipProtocol, fromPort, toPort } = rule;
  return row(ipProtocol, fromPort, toPort, source(rule));
}

function inRegion(rule: Ingress): string {
  return `${known(() => rule.region)}: ${known(() => opening(rule))}`;
}

function source({ cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId }: Ingress): string {
  return cidrIpv4 ?? cidrIpv6 ?? prefixListId ?? referencedSecurityGroupId ?? "no source";
}

function row(protocol: string, first: number | undefined, last: number | undefined, from: string): string {
  const ports = first === undefined || last === undefined ? "every port" : formatPorts({ first, last });
  return `${protocol} ${ports} from ${from}`;
}

/**
 * Reports whether a rule belongs to Redis' security group. Recognizes the group by the rule's parent component, because
 * the group's id is not known before the update.
 */
function isOfRedis({ parent = "" }: PolicyResourceOptions): boolean {
  return parent.includes("livekit:aws:Redis::");
}

/** Returns the allowed ingress of a region's nodes: the port table. */
function nodeRows(plan: AwsPlan | undefined, name: string | undefined): readonly string[] {
  const region = plan?.regions.find((each) => each.name === name);
  return region === undefined ? [] : rows(plan, region);
}

/** Returns the allowed ingress of the shared Redis: its port, from the stack's networks. */
function redisRows(plan: AwsPlan | undefined, name: string | undefined): readonly string[] {
  if (plan?.settings.redis.mode !== "elasticache" || primaryRegion(plan).name !== name) return [];
  return plan.regions.map(({ cidr }) => row("tcp", elasticachePort, elasticachePort, cidr));
}

function rows(plan: PolicyContext["plan"], region: AwsRegion): readonly string[] {
  if (plan === undefined) return [];
  return securityGroupRules(plan, region).flatMap(({ protocol, first, last, sources }) =>
    sources.map((cidr) => row(protocol, first, last, cidr)),
  );
}

function reaches({ ipProtocol, fromPort, toPort }: Ingress, port: number): boolean {
  if (ipProtocol === "-1") return true;
  return ipProtocol === "tcp" && (fromPort ?? 0) <= port && port <= (toPort ?? 65_535);
}

function closes(group: PolicyResource, { urn }: PolicyResource): boolean {
  if (group.type !== "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup") return false;
  const { ingress = [], egress = [] } = group.props as Unwrap<ec2.DefaultSecurityGroupArgs>;
  return group.dependencies.some((each) => each.urn === urn) && ingress.length + egress.length === 0;
}
