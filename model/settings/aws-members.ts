import { z } from "zod";
import {
  certificates,
  cidr,
  degrees,
  email,
  flag,
  form,
  hostPort,
  httpsUrl,
  integer,
  memberText,
  oneOf,
  withTitle,
} from "./formats";

/** Maximum number of nodes in one region. */
export const mostNodes = 16;

/** One AWS region of `livekit:regions`. */
export const region = z.strictObject({
  name: withTitle("AWS region", form(/^[a-z]{2,4}(-[a-z]+)+-\d$/, "an AWS region such as eu-central-1")),
  cidr: withTitle("IPv4 network of the region's VPC, /16 to /25", cidr),
  nodes: withTitle("Number of nodes", integer(1, mostNodes)),
  instanceType: withTitle(
    "EC2 instance type of the nodes",
    form(
      /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
      "an EC2 instance type such as c7i.large or, with Graviton, c7g.large",
      "c7i.large",
    ),
  ),
  /** Overrides Debian's newest machine image. */
  amiId: withTitle(
    "Machine image of the nodes; default: Debian's newest",
    form(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/, "an AMI ID such as ami-0123456789abcdef0").optional(),
  ),
  zones: withTitle(
    "Availability Zones of the nodes, at most 4; default: two of the region's own",
    z.array(memberText).min(1, "must have at least one zone; remove the key to use the region's own zones").optional(),
  ),
  lat: withTitle(
    "Latitude, for latency routing and LiveKit's region selection; default: the known coordinates of the region",
    degrees(90).optional(),
  ),
  lon: withTitle("Longitude; set it together with lat", degrees(180).optional()),
  primary: withTitle("Primary region, which holds Redis; required for exactly one of several regions", flag.optional()),
});

/** `livekit:redis`. */
export const redis = z.strictObject({
  mode: withTitle("Where Redis runs; default: `node`", oneOf(["node", "elasticache", "external"]).optional()),
  address: withTitle("Address of an external Redis", hostPort.optional()),
  tls: withTitle("TLS to an external Redis; default: `false`", flag.optional()),
  username: withTitle(
    "User name at an external Redis",
    form(/^[\x21-\x7e]+$/, "printable ASCII without spaces").optional(),
  ),
  db: withTitle("Database number of an external Redis", integer(0, 65_535).optional()),
  /** Replaces the public certificate authorities when LiveKit verifies Redis' certificate. */
  ca: withTitle("CA certificates that LiveKit trusts instead of the public CAs; requires tls", certificates.optional()),
  sentinelMaster: withTitle(
    "Name of the master that the Sentinels monitor",
    form(/^[A-Za-z0-9._-]+$/, "the name of the Sentinel master, such as mymaster").optional(),
  ),
  sentinelAddresses: withTitle(
    "Addresses of Sentinels, instead of address",
    z.array(hostPort).min(1, "must have at least one Sentinel").optional(),
  ),
  /** Whether the Sentinels need the same username and password as Redis. */
  sentinelAuth: withTitle("Sentinels use the username and password of Redis; default: `false`", flag.optional()),
  port: withTitle("Port of the node's own Redis; default: 6379", integer(1, 65_535).optional()),
  /** ElastiCache node type. The default is the smallest that AWS recommends for production. */
  nodeType: withTitle(
    "Node type of ElastiCache; default: cache.t4g.small",
    form(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "an ElastiCache node type such as cache.t4g.small").optional(),
  ),
});

export const acme = z.strictObject({
  email: withTitle("Address for the CA's notices; required", email.optional()),
  directoryUrl: withTitle("ACME directory of the CA; default: Let's Encrypt", httpsUrl.optional()),
});

const topicArn = form(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/,
  "an SNS topic such as arn:aws:sns:eu-central-1:123456789012:oncall",
);

export const alarms = z.strictObject({
  topicArn: withTitle("SNS topic to notify, for a stack in one region", topicArn.optional()),
  /** One topic in each region, because an alarm notifies only topics of its own region. */
  topicArns: withTitle("SNS topics to notify, one in each region", z.array(topicArn).optional()),
  egressGigabytesPerDay: withTitle(
    "Adds an alarm per node for outgoing traffic above this limit, in GB per day",
    integer(1, 1_000_000).optional(),
  ),
});
