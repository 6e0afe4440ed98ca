import type { Waiver } from "./waiver";

const nginxAsRoot =
  "nginx binds a port below the machine's first unprivileged one as root, and serves as another user in its workers";

/** All violations that this stack needs. A test fails on a waiver that no example stack needs. */
export const waivers: readonly Waiver[] = [
  {
    rule: "egress-narrow",
    what: "all protocols to 0.0.0.0/0",
    reason: "Media goes to whoever is in a call, at whatever address and port their network gives them",
  },
  {
    rule: "iam-resources",
    what: "cloudwatch:PutMetricData on *",
    reason: "CloudWatch knows no resource for this action; a condition bounds the namespace",
  },
  {
    rule: "iam-resources",
    what: "route53:ListHostedZones on *",
    reason: "Route 53 knows no resource for this action; it reads names alone",
  },
  {
    rule: "iam-resources",
    what: "route53:GetChange on arn:aws:route53:::change/*",
    reason: "A change gets its name as it is made; what it tells is whether all name servers have it",
  },
  {
    rule: "iam-resources",
    what: /^logs:(CreateLogStream|PutLogEvents|DescribeLogStreams) on \S+[^*]:\*$/,
    reason: "AWS makes up the names of the streams; the log group before them is named",
  },
  {
    rule: "iam-resources",
    what: /^logs:(CreateLogStream|PutLogEvents) on \S+:log-stream:[\w-]+\/\*$/,
    reason: "The node's own streams, one a service: what is before the slash is named",
  },
  {
    rule: "iam-resources",
    what: /^logs:DescribeLogGroups on \S+:log-group:\*$/,
    reason: "It reads the names of all groups or of none; flow logs ask for it",
  },
  {
    rule: "container-capabilities",
    what: "CAP_NET_BIND_SERVICE of coturn",
    reason: "Coturn's program carries it as a file capability: the kernel starts it with no less",
  },
  { rule: "container-capabilities", what: "CAP_NET_BIND_SERVICE of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_SETUID of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_SETGID of nginx", reason: nginxAsRoot },
  { rule: "container-capabilities", what: "CAP_CHOWN of nginx", reason: nginxAsRoot },
  { rule: "container-user", what: 'user of nginx is "0:0"', reason: nginxAsRoot },
];
