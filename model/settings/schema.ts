import { z } from "zod";
import { allKinds } from "../images";
import { portNames } from "../ports";
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
  webhookUrl,
} from "./formats";
import type { KeySpec } from "./key-spec";
import { type SecretKey, secretSpecs } from "./secret-specs";

export { type SecretKey, secretKeys } from "./secret-specs";

/** As many regions as an operator can oversee. VPC peering and Redis' client limit would allow more. */
const mostRegions = 8;

/**
 * Every key of the `livekit:` namespace. Pulumi.yaml, the documents and the parser must match this table, which a test
 * verifies. An empty string means "not set", because Pulumi requires a value for each key that a project declares.
 */
export const keySpecs = {
  target: {
    type: "string",
    description: "Where the stack runs: this machine's Docker engine, or AWS.",
    example: "local",
    schema: oneOf(["local", "aws"]),
    default: "local",
  },
  namePrefix: {
    type: "string",
    description: "Starts the name of every container, network and volume.",
    example: "inspire-lab",
    schema: identifier,
    default: "inspire-lab",
  },
  domain: {
    type: "string",
    description: "DNS zone of the stack's names: livekit.<domain> and turn.<domain>. Locally optional.",
    example: "example.com",
    schema: dnsName,
  },
  hostedZone: {
    type: "string",
    target: "aws",
    description: "Route 53 zone that holds the domain. Default: the zone named like the domain.",
    example: "example.com",
    schema: dnsName,
  },
  regions: {
    type: "array",
    target: "aws",
    description: "AWS regions: [{name, cidr, nodes, instanceType, amiId, zones, lat, lon, primary}].",
    example: "--path 'livekit:regions[0].name' eu-central-1",
    schema: z.array(region).max(mostRegions, `must be at most ${mostRegions}`),
    default: [],
  },
  nodes: {
    type: "integer",
    description: "How many LiveKit servers run on this machine. nginx balances several.",
    example: "1",
    schema: integer(1, 4),
    default: 1,
  },
  network: {
    type: "string",
    description: "Docker network of the containers that carry media: auto is host on Linux, bridge on Docker Desktop.",
    example: "auto",
    schema: oneOf(["auto", "host", "bridge"]),
    default: "auto",
  },
  publicAddress: {
    type: "string",
    description:
      "IPv4 address that clients reach this machine at: of any of its interfaces, or of a router in front that passes the ports on. Default: the address of the default route.",
    example: "192.168.1.20",
    schema: address,
  },
  ...secretSpecs,
  redis: {
    type: "object",
    description:
      "Where Redis is: {mode: node|elasticache|external, nodeType}; port moves the node's own from 6379. An external Redis: {address, or sentinelMaster and sentinelAddresses, username, db, tls, ca: PEM certificates}.",
    example: "--path livekit:redis.mode node",
    schema: redis,
    default: {},
  },
  mediaTransport: {
    type: "string",
    description:
      "UDP ports for media: multiMux (one per core from the media range), mux (7882), range (two a participant).",
    example: "multiMux",
    schema: oneOf(["multiMux", "mux", "range"]),
    default: "multiMux",
  },
  apiIngress: {
    type: "string",
    target: "aws",
    description: "On AWS: who reaches 7880, which is plain HTTP. vpc leaves only nginx on 443 to the world.",
    example: "world",
    schema: oneOf(["world", "vpc"]),
    default: "vpc",
  },
  portIngress: {
    type: "string",
    target: "aws",
    description: "On AWS: table opens the whole port table; inUse leaves out media ports that LiveKit does not bind.",
    example: "inUse",
    schema: oneOf(["table", "inUse"]),
    default: "table",
  },
  adminCidrs: {
    type: "array",
    target: "aws",
    description: "On AWS: networks that also reach 7880 when apiIngress is vpc.",
    example: "--path 'livekit:adminCidrs[0]' 203.0.113.0/24",
    schema: z.array(cidr),
    default: [],
  },
  ports: {
    type: "object",
    description: `Overrides of the port table: ${portNames.join(", ")}; a port or a range.`,
    example: "--path livekit:ports.https 8443",
    schema: z.partialRecord(z.enum(portNames as [string, ...string[]]), portOrRange),
    default: {},
  },
  images: {
    type: "object",
    description: `Container images by service (${allKinds.join(", ")}) in place of the pinned ones.`,
    example: "--path livekit:images.livekit livekit/livekit-server:v1.13.11",
    schema: z.partialRecord(z.enum(allKinds), imageReference),
    default: {},
  },
  imageSource: {
    type: "string",
    description:
      "registry pulls the official images, build makes them from package registries, auto is what serves here.",
    example: "auto",
    schema: oneOf(["auto", "registry", "build"]),
    default: "auto",
  },
  acme: {
    type: "object",
    target: "aws",
    description: "On AWS: {email, directoryUrl} of the certificate authority.",
    example: "--path livekit:acme.email ops@example.com",
    schema: acme,
    default: {},
  },
  loadBalancer: {
    type: "string",
    target: "aws",
    description: "On AWS: what brings joins to nodes: none (one node), nlb (a load balancer) or dns (checked records).",
    example: "nlb",
    schema: oneOf(["none", "dns", "nlb"]),
    default: "none",
  },
  changePolicy: {
    type: "string",
    description:
      "What a LiveKit change does to running calls: drain waits for them up to drainTimeoutSeconds, restart cuts them.",
    example: "restart",
    schema: oneOf(["drain", "restart"]),
    default: "restart",
  },
  drainTimeoutSeconds: {
    type: "integer",
    description: "Longest wait for running calls before a drained LiveKit is stopped.",
    example: "1800",
    schema: integer(1, 86400),
    default: 1800,
  },
  turnTtlSeconds: {
    type: "integer",
    description: "Lifetime of the TURN credentials that LiveKit hands out.",
    example: "14400",
    schema: integer(1, 86400),
    default: 14400,
  },
  turnTransports: {
    type: "array",
    description:
      "TURN URLs beside UDP 3478 (and, with a domain, TLS 443): tcp (3478), tls (5349). Each costs a browser two relay ports.",
    example: "--path 'livekit:turnTransports[0]' tcp",
    schema: z.array(oneOf(["tcp", "tls"])),
    default: [],
  },
  room: {
    type: "object",
    description: "LiveKit's room defaults: {maxParticipants, emptyTimeoutSeconds, departureTimeoutSeconds}.",
    example: "--path livekit:room.maxParticipants 50",
    schema: z.strictObject({
      maxParticipants: integer(0, 100_000).optional(),
      emptyTimeoutSeconds: integer(1, 86_400).optional(),
      departureTimeoutSeconds: integer(1, 86_400).optional(),
    }),
    default: {},
  },
  webhooks: {
    type: "object",
    description: "LiveKit's webhooks: {urls, apiKey}; signed with apiKey, by default the stack's.",
    example: "--path 'livekit:webhooks.urls[0]' https://app.example.com/livekit",
    schema: z.strictObject({ urls: z.array(webhookUrl).optional(), apiKey: memberText.optional() }),
    default: {},
  },
  monitoring: {
    type: "boolean",
    description:
      "Prometheus with alerts and Grafana on this machine; on AWS counters for one elsewhere, more alarms, logs kept off the nodes.",
    example: "true",
    schema: flag,
    default: false,
  },
  scrapeCidrs: {
    type: "array",
    target: "aws",
    description: "On AWS: private networks that a Prometheus outside of the stack's own asks from, with monitoring.",
    example: "--path 'livekit:scrapeCidrs[0]' 10.200.0.0/16",
    needs: ["livekit:monitoring true"],
    schema: z.array(cidr),
    default: [],
  },
  alarms: {
    type: "object",
    target: "aws",
    description:
      "On AWS: {topicArn, egressGigabytesPerDay}: the SNS topic that is told (topicArns: each region's), daily traffic.",
    example: "--path livekit:alarms.topicArn arn:aws:sns:eu-central-1:123456789012:oncall",
    schema: alarms,
    default: {},
  },
  flowLogs: {
    type: "boolean",
    target: "aws",
    description: "On AWS: keep a log of the VPC's accepted and refused connections for 30 days.",
    example: "true",
    schema: flag,
    default: false,
  },
  protect: {
    type: "boolean",
    description: "Refuse to delete what can't be remade until it is unprotected.",
    example: "true",
    schema: flag,
    default: false,
  },
  tags: {
    type: "object",
    description: "Labels of every container, tags of every AWS resource.",
    example: "--path livekit:tags.team video",
    schema: z.record(text, memberText),
    default: {},
  },
  livekitOverrides: {
    type: "object",
    description:
      "LiveKit settings to merge into livekit.yaml, key by key, such as limit.num_tracks. Keys that the stack sets are rejected.",
    example: "--path livekit:livekitOverrides.logging.level debug",
    schema: z.record(text, z.unknown().describe("LiveKit's own settings")),
    default: {},
  },
  expectedLoad: {
    type: "object",
    description: "What the stack is planned for: {rooms, participantsPerRoom, quality: 360p|720p|1080p}.",
    example: "--path livekit:expectedLoad.participantsPerRoom 6",
    schema: z.strictObject({
      rooms: integer(1, 100_000).optional(),
      participantsPerRoom: integer(2, 10_000).optional(),
      quality: oneOf(["360p", "720p", "1080p"]).optional(),
    }),
    default: {},
  },
} as const satisfies Record<string, KeySpec>;

export type KeyName = keyof typeof keySpecs;

export const keyNames = Object.keys(keySpecs) as KeyName[];

type Parsed<K extends KeyName> = z.output<(typeof keySpecs)[K]["schema"]>;
type Optional<K extends KeyName> = (typeof keySpecs)[K] extends { default: unknown } ? never : undefined;

/** The stack's settings, with defaults applied. Secrets are separate (`secrets.ts`). */
export type Settings = { readonly [K in Exclude<KeyName, SecretKey>]: Parsed<K> | Optional<K> };
