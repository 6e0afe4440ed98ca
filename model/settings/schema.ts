import { z } from "zod";
import { portNames } from "../ports";
import { address, cidr, dnsName, hostPort, httpsUrl, identifier, imageReference, portOrRange } from "./formats";

/** What Pulumi calls a configuration key's type. Objects and arrays are untyped in Pulumi.yaml. */
export type KeyType = "string" | "integer" | "boolean" | "array" | "object";

export interface KeySpec {
  readonly type: KeyType;
  readonly description: string;
  /** A valid value as typed after `pulumi config set livekit:<key>`; shown as the fix. */
  readonly example: string;
  readonly schema: z.ZodType;
  readonly secret?: true;
  readonly default?: string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>>;
}

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });
const integer = (first: number, last: number) =>
  z
    .number({ error: "must be a whole number" })
    .int("must be a whole number")
    .min(first, `must be from ${first} to ${last}`)
    .max(last, `must be from ${first} to ${last}`);
const text = z.string({ error: "must be text" });

const region = z.strictObject({
  name: text.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region such as eu-central-1"),
  cidr: cidr,
  nodes: integer(1, 16),
  instanceType: text.min(1, "must be an EC2 instance type such as c7i.large"),
  zones: z.array(text).optional(),
  lat: z.number().min(-90, "must be from -90 to 90").max(90, "must be from -90 to 90").optional(),
  lon: z.number().min(-180, "must be from -180 to 180").max(180, "must be from -180 to 180").optional(),
  primary: z.boolean().optional(),
});

/**
 * Every key of the `livekit:` namespace. Pulumi.yaml, the documents and the reader follow this table; a test holds them
 * equal. An empty string means "not set": Pulumi requires a value for each key that a project declares.
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
    description: "Route 53 zone that holds the domain. Default: the zone named like the domain.",
    example: "example.com",
    schema: text.min(1, "must name a Route 53 zone"),
  },
  regions: {
    type: "array",
    description: "AWS regions: [{name, cidr, nodes, instanceType, zones, lat, lon, primary}].",
    example: "--path 'livekit:regions[0].name' eu-central-1",
    schema: z.array(region),
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
    description: "IPv4 address that clients reach this machine at. Default: the address of the default route.",
    example: "192.168.1.20",
    schema: address,
  },
  apiKey: {
    type: "string",
    description: "LiveKit API key.",
    example: "APIxxxxxxxxxxxx",
    schema: text,
  },
  apiSecret: {
    type: "string",
    description: "LiveKit API secret, 32 characters and more.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  turnSecret: {
    type: "string",
    description: "Secret that LiveKit and Coturn share for time-limited TURN credentials.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  redisPassword: {
    type: "string",
    description: "Redis password.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  previousApiKey: {
    type: "string",
    description: "API key that stays valid while applications move to a new one.",
    example: "APIxxxxxxxxxxxx",
    schema: text,
  },
  previousApiSecret: {
    type: "string",
    description: "Secret of previousApiKey.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  previousTurnSecret: {
    type: "string",
    description: "TURN secret that stays valid while running calls end.",
    example: "--secret",
    schema: text,
    secret: true,
  },
  redis: {
    type: "object",
    description:
      "Where Redis is: {mode: node|elasticache|external, address, tls}; port moves the node's own from 6379.",
    example: "--path livekit:redis.mode node",
    schema: z.strictObject({
      mode: oneOf(["node", "elasticache", "external"]).optional(),
      address: hostPort.optional(),
      tls: z.boolean().optional(),
      port: integer(1, 65_535).optional(),
    }),
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
    description: "On AWS: who reaches 7880. vpc leaves only nginx on 443 to the world.",
    example: "vpc",
    schema: oneOf(["world", "vpc"]),
    default: "world",
  },
  adminCidrs: {
    type: "array",
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
    description: "Container images by service (livekit, coturn, redis, nginx) in place of the pinned ones.",
    example: "--path livekit:images.livekit livekit/livekit-server:v1.13.3",
    schema: z.partialRecord(z.enum(["livekit", "coturn", "redis", "nginx"]), imageReference),
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
    description: "On AWS: {email, directoryUrl} of the certificate authority.",
    example: "--path livekit:acme.email ops@example.com",
    schema: z.strictObject({
      email: z.email("must be an e-mail address").optional(),
      directoryUrl: httpsUrl.optional(),
    }),
    default: {},
  },
  loadBalancer: {
    type: "string",
    description: "On AWS: how a region's nodes share the entry.",
    example: "none",
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
    schema: z.strictObject({ urls: z.array(z.url("must be a URL")).optional(), apiKey: text.optional() }),
    default: {},
  },
  monitoring: {
    type: "boolean",
    description: "Serve LiveKit's and Coturn's metrics.",
    example: "true",
    schema: z.boolean({ error: "must be true or false" }),
    default: false,
  },
  protect: {
    type: "boolean",
    description: "Refuse to delete what can't be remade until it is unprotected.",
    example: "true",
    schema: z.boolean({ error: "must be true or false" }),
    default: false,
  },
  quotas: {
    type: "object",
    description: "AWS quotas of the account: {elasticIpsPerRegion}.",
    example: "--path livekit:quotas.elasticIpsPerRegion 10",
    schema: z.strictObject({ elasticIpsPerRegion: integer(1, 1000).optional() }),
    default: {},
  },
  tags: {
    type: "object",
    description: "Labels of every container, tags of every AWS resource.",
    example: "--path livekit:tags.team video",
    schema: z.record(text, text),
    default: {},
  },
  livekitOverrides: {
    type: "object",
    description: "Raw LiveKit settings, merged last. Refused where the stack owns the key.",
    example: "--path livekit:livekitOverrides.logging.level debug",
    schema: z.record(text, z.unknown()),
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

/** The stack's settings, each key with its default in place; secrets are apart (`secrets.ts`). */
export type Settings = { readonly [K in Exclude<KeyName, SecretKey>]: Parsed<K> | Optional<K> };

export const secretKeys = [
  "apiKey",
  "apiSecret",
  "turnSecret",
  "redisPassword",
  "previousApiKey",
  "previousApiSecret",
  "previousTurnSecret",
] as const satisfies readonly KeyName[];
export type SecretKey = (typeof secretKeys)[number];
