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
} from "./formats";

/** Most nodes of one region. */
export const mostNodes = 16;

/** One AWS region of `livekit:regions`. */
export const region = z.strictObject({
  name: form(/^[a-z]{2,4}(-[a-z]+)+-\d$/, "an AWS region such as eu-central-1"),
  cidr: cidr,
  nodes: integer(1, mostNodes),
  instanceType: form(
    /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
    "an EC2 instance type such as c7i.large or, with Graviton, c7g.large",
    "c7i.large",
  ),
  /** Overrides Debian's newest machine image. */
  amiId: form(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/, "an AMI ID such as ami-0123456789abcdef0").optional(),
  zones: z
    .array(memberText)
    .min(1, "must have at least one zone; remove the key to use the region's own zones")
    .optional(),
  lat: degrees(90).optional(),
  lon: degrees(180).optional(),
  primary: flag.optional(),
});

/** `livekit:redis`. */
export const redis = z.strictObject({
  mode: oneOf(["node", "elasticache", "external"]).optional(),
  address: hostPort.optional(),
  tls: flag.optional(),
  username: form(/^[\x21-\x7e]+$/, "printable ASCII without spaces").optional(),
  db: integer(0, 65_535).optional(),
  /** Replaces the public certificate authorities when LiveKit verifies Redis' certificate. */
  ca: certificates.optional(),
  sentinelMaster: form(/^[A-Za-z0-9._-]+$/, "the name of the Sentinel master, such as mymaster").optional(),
  sentinelAddresses: z.array(hostPort).min(1, "must have at least one Sentinel").optional(),
  /** Whether the Sentinels need the same username and password as Redis. */
  sentinelAuth: flag.optional(),
  port: integer(1, 65_535).optional(),
  /** ElastiCache node type. The default is the smallest that AWS recommends for production. */
  nodeType: form(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "an ElastiCache node type such as cache.t4g.small").optional(),
});

export const acme = z.strictObject({ email: email.optional(), directoryUrl: httpsUrl.optional() });

const topicArn = form(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/,
  "an SNS topic such as arn:aws:sns:eu-central-1:123456789012:oncall",
);

export const alarms = z.strictObject({
  topicArn: topicArn.optional(),
  /** One for each region, if there are several. */
  topicArns: z.array(topicArn).optional(),
  egressGigabytesPerDay: integer(1, 1_000_000).optional(),
});
