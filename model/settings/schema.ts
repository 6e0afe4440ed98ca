import { z } from "zod";
import { allKinds } from "../images";
import { defaultPorts, formatPorts, portNames } from "../ports/table";
import { acme, alarms, redis, region } from "./aws-members";
import {
  address,
  cidr,
  dnsName,
  flag,
  identifier,
  imageReference,
  integer,
  memberText,
  oneOf,
  portOrRange,
  text,
} from "./formats";
import type { KeySpec } from "./key-spec";
import { expectedLoad, room, webhooks } from "./livekit-members";
import { type SecretKey, secretSpecs } from "./secret-specs";

export { type SecretKey, secretKeys } from "./secret-specs";

/**
 * Maximum number of regions, chosen so that an operator can oversee them. VPC peering and Redis' client limit would
 * allow more.
 */
const mostRegions = 8;

/**
 * Every key of the `livekit:` namespace. Pulumi.yaml, the documents and the parser must match this table, which a test
 * verifies. An empty string means "not set", because Pulumi requires a value for each key that a project declares.
 */
export const keySpecs = {
  target: {
    type: "string",
    description: "Where the stack runs: `local` on this machine's Docker engine, or `aws` on EC2.",
    example: "local",
    schema: oneOf(["local", "aws"]),
    default: "local",
  },
  namePrefix: {
    type: "string",
    description: "Prefix of the names of containers, networks, volumes and AWS resources.",
    example: "inspire-lab",
    schema: identifier,
    default: "inspire-lab",
  },
  domain: {
    type: "string",
    description:
      "Domain of the stack's DNS names, livekit.<domain> and turn.<domain>. Required on AWS, optional on this machine.",
    example: "example.com",
    schema: dnsName,
  },
  hostedZone: {
    type: "string",
    target: "aws",
    description:
      "Route 53 public hosted zone that contains the domain. Default: the zone with the same name as `domain`.",
    example: "example.com",
    schema: dnsName,
  },
  regions: {
    type: "array",
    target: "aws",
    description:
      "AWS regions of the stack, at most 8. Members: name, cidr, nodes, instanceType, amiId, zones, lat, lon, primary.",
    example: "--path 'livekit:regions[0].name' eu-central-1",
    schema: z.array(region).max(mostRegions, `must be at most ${mostRegions}`),
    default: [],
  },
  nodes: {
    type: "integer",
    description:
      "Number of LiveKit servers on this machine. nginx balances several. On AWS, set `regions[n].nodes` instead.",
    example: "1",
    schema: integer(1, 4),
    default: 1,
  },
  network: {
    type: "string",
    description:
      "Docker network of the containers that carry media. `auto` is `host` on Linux and `bridge` on Docker Desktop.",
    example: "auto",
    schema: oneOf(["auto", "host", "bridge"]),
    default: "auto",
  },
  publicAddress: {
    type: "string",
    description:
      "IPv4 address at which clients reach this machine: of one of its interfaces, or of a router that forwards the ports. Default: the address of the default route.",
    example: "192.168.1.20",
    schema: address,
  },
  ...secretSpecs,
  redis: {
    type: "object",
    description:
      "Redis of the stack. `mode` is `node` (on the node, the default), `elasticache` (on AWS) or `external`. Members of an external Redis: address, or sentinelMaster and sentinelAddresses; username, db, tls, ca, sentinelAuth. Other members: port, nodeType.",
    example: "--path livekit:redis.mode node",
    schema: redis,
    default: {},
  },
  mediaTransport: {
    type: "string",
    description:
      "UDP ports for media: `multiMux` shares one port per core from the media range, `mux` shares port 7882, and `range` takes two ports per participant.",
    example: "multiMux",
    schema: oneOf(["multiMux", "mux", "range"]),
    default: "multiMux",
  },
  apiIngress: {
    type: "string",
    target: "aws",
    description:
      "On AWS: who can reach the API on port 7880, which is plain HTTP. `vpc` allows only the region's VPC and `adminCidrs`, so that clients use nginx on 443. `world` allows every address.",
    example: "world",
    schema: oneOf(["world", "vpc"]),
    default: "vpc",
  },
  portIngress: {
    type: "string",
    target: "aws",
    description:
      "On AWS: ports that the security groups open. `table` opens the whole port table, `inUse` omits media ports that LiveKit does not bind.",
    example: "inUse",
    schema: oneOf(["table", "inUse"]),
    default: "table",
  },
  adminCidrs: {
    type: "array",
    target: "aws",
    description:
      "On AWS: IPv4 networks that can also reach port 7880 when `apiIngress` is `vpc`. At most 20, each /8 or narrower.",
    example: "--path 'livekit:adminCidrs[0]' 203.0.113.0/24",
    schema: z.array(cidr),
    default: [],
  },
  ports: {
    type: "object",
    description: `Ports in place of the defaults, each a port or a range: ${portNames.map((name) => `${name} (${formatPorts(defaultPorts[name])})`).join(", ")}.`,
    example: "--path livekit:ports.https 8443",
    schema: z.partialRecord(z.enum<readonly string[]>(portNames), portOrRange),
    default: {},
  },
  images: {
    type: "object",
    description: `Container images in place of the pinned ones, by service: ${allKinds.join(", ")}.`,
    example: "--path livekit:images.livekit livekit/livekit-server:v1.13.11",
    schema: z.partialRecord(z.enum(allKinds), imageReference),
    default: {},
  },
  imageSource: {
    type: "string",
    description:
      "Source of the container images: `registry` pulls the official images, `build` builds them from package registries, and `auto` selects what works on this machine.",
    example: "auto",
    schema: oneOf(["auto", "registry", "build"]),
    default: "auto",
  },
  acme: {
    type: "object",
    target: "aws",
    description: "On AWS: ACME certificate authority (CA) that issues the certificates. Members: email, directoryUrl.",
    example: "--path livekit:acme.email ops@example.com",
    schema: acme,
    default: {},
  },
  loadBalancer: {
    type: "string",
    target: "aws",
    description:
      "On AWS: how clients reach the nodes. `none` is for one node, `nlb` creates a Network Load Balancer in each region, and `dns` uses Route 53 records with health checks.",
    example: "nlb",
    schema: oneOf(["none", "dns", "nlb"]),
    default: "none",
  },
  changePolicy: {
    type: "string",
    description:
      "How a change of LiveKit affects running calls: `drain` waits up to `drainTimeoutSeconds` until they end, `restart` disconnects them.",
    example: "restart",
    schema: oneOf(["drain", "restart"]),
    default: "restart",
  },
  drainTimeoutSeconds: {
    type: "integer",
    description:
      "Maximum time in seconds that a draining LiveKit waits for running calls before it stops. At most 39600 on AWS.",
    example: "1800",
    schema: integer(1, 86400),
    default: 1800,
  },
  turnTtlSeconds: {
    type: "integer",
    description: "Lifetime in seconds of the TURN credentials that LiveKit issues.",
    example: "14400",
    schema: integer(1, 86400),
    default: 14400,
  },
  turnTransports: {
    type: "array",
    description:
      "TURN transports in addition to UDP on 3478 (and TLS on 443 with a domain): `tcp` on 3478, `tls` on 5349. Each one costs a browser two relay ports.",
    example: "--path 'livekit:turnTransports[0]' tcp",
    schema: z.array(oneOf(["tcp", "tls"])),
    default: [],
  },
  room: {
    type: "object",
    description: "Defaults of LiveKit's rooms. Members: maxParticipants, emptyTimeoutSeconds, departureTimeoutSeconds.",
    example: "--path livekit:room.maxParticipants 50",
    schema: room,
    default: {},
  },
  webhooks: {
    type: "object",
    description:
      "LiveKit's webhooks. Members: urls, and apiKey, which signs the events (default: the stack's API key).",
    example: "--path 'livekit:webhooks.urls[0]' https://app.example.com/livekit",
    schema: webhooks,
    default: {},
  },
  monitoring: {
    type: "boolean",
    description:
      "Enables monitoring. On this machine: Prometheus with alerts, and Grafana. On AWS: metrics for an external Prometheus, more alarms, and logs in CloudWatch.",
    example: "true",
    schema: flag,
    default: false,
  },
  scrapeCidrs: {
    type: "array",
    target: "aws",
    description:
      "On AWS: private networks of an external Prometheus that scrapes the nodes. Requires `monitoring`. At most 20.",
    example: "--path 'livekit:scrapeCidrs[0]' 10.200.0.0/16",
    needs: ["livekit:monitoring true"],
    schema: z.array(cidr),
    default: [],
  },
  alarms: {
    type: "object",
    target: "aws",
    description:
      "On AWS: notifications of the CloudWatch alarms. Members: topicArn (one region) or topicArns (one topic per region), egressGigabytesPerDay.",
    example: "--path livekit:alarms.topicArn arn:aws:sns:eu-central-1:123456789012:oncall",
    schema: alarms,
    default: {},
  },
  flowLogs: {
    type: "boolean",
    target: "aws",
    description: "On AWS: logs the accepted and rejected connections of the VPC, and keeps them for 30 days.",
    example: "true",
    schema: flag,
    default: false,
  },
  protect: {
    type: "boolean",
    description: "Rejects the deletion of resources that cannot be recreated, until you unprotect them.",
    example: "true",
    schema: flag,
    default: false,
  },
  tags: {
    type: "object",
    description: "Labels of every container and tags of every AWS resource. At most 9 on AWS.",
    example: "--path livekit:tags.team video",
    schema: z.record(text, memberText),
    default: {},
  },
  livekitOverrides: {
    type: "object",
    description:
      "LiveKit settings to merge into livekit.yaml key by key, for example limit.num_tracks. Settings that the stack manages are rejected.",
    example: "--path livekit:livekitOverrides.logging.level debug",
    schema: z.record(text, z.unknown().describe("LiveKit's own settings")),
    default: {},
  },
  expectedLoad: {
    type: "object",
    description: "Load that the stack is planned for. Members: rooms, participantsPerRoom, quality.",
    example: "--path livekit:expectedLoad.participantsPerRoom 6",
    schema: expectedLoad,
    default: {},
  },
} as const satisfies Record<string, KeySpec>;

export type KeyName = keyof typeof keySpecs;

export const keyNames = Object.keys(keySpecs) as KeyName[];

type Parsed<K extends KeyName> = z.output<(typeof keySpecs)[K]["schema"]>;
type Optional<K extends KeyName> = (typeof keySpecs)[K] extends { default: unknown } ? never : undefined;

/** The stack's settings, with defaults applied. Secrets are separate (`secrets.ts`). */
export type Settings = { readonly [K in Exclude<KeyName, SecretKey>]: Parsed<K> | Optional<K> };
