import type { Waiver } from "./waiver";

const nginxAsRoot = "nginx binds privileged ports as root; its workers run as another user";

/** All violations that this project needs to allow. A test fails on a waiver that no example stack needs. */
export const waivers: readonly Waiver[] = [
  {
    rule: "egress-narrow",
    what: "all protocols to 0.0.0.0/0",
    reason: "Media goes to the participants of calls, at any address and port of their networks",
  },
  {
    rule: "iam-resources",
    what: "cloudwatch:PutMetricData on *",
    reason: "CloudWatch has no resource for this action; a condition limits the namespace",
  },
  {
    rule: "iam-resources",
    what: "route53:ListHostedZones on *",
    reason: "Route 53 has no resource for this action; it only reads names",
  },
  {
    rule: "iam-resources",
    what: "route53:GetChange on arn:aws:route53:::change/*",
    reason: "A change has no id before it exists; the action only reads whether all name servers have it",
  },
  {
    rule: "iam-resources",
    what: /^logs:(CreateLogStream|PutLogEvents|DescribeLogStreams) on \S+[^*]:\*$/,
    reason: "AWS generates the names of the streams; the policy names their log group",
  },
  {
    rule: "iam-resources",
    what: /^logs:(CreateLogStream|PutLogEvents) on \S+:log-stream:[\w-]+\/\*$/,
    reason: "The node's own streams, one per service: the policy names the part before the slash",
  },
  {
    rule: "iam-resources",
    what: /^logs:DescribeLogGroups on \S+:log-group:\*$/,
    reason: "The action reads the names of all groups or of none; flow logs require it",
  },
  {
    rule: "container-capabilities",
    what: "CAP_NET_BIND_SERVICE of coturn",
    reason: "Coturn's program has it as a file capability: without it the kernel does not start the program",
  },
  { rule: "container-capabilities", what: "CAP_NET_BIND_SERVICE of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_SETUID of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_SETGID of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_CHOWN of nginx", reason: nginxAsRoot },
  { rule: "container-user", what: 'user of nginx is "0:0"', reason: nginxAsRoot },
];
