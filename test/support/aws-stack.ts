import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { AwsFacts } from "../../components/aws/stack";
import { type Offer, similarTypes } from "../../model/aws/offer";
import { type AwsRegion, planAws } from "../../model/aws/plan";
import type { RawConfig } from "../../model/settings/parse";
import { readNodeSources } from "../../stacks/node-sources";
import { configureAws } from "./settings";
import { withoutStackTraces } from "./stack-traces";

/** A resource as the program registers it with Pulumi's engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the mock receives inputs of every type.
  readonly inputs: any;
  /** Names of the inputs that the engine encrypts. */
  readonly secretInputs: readonly string[];
  readonly protect: boolean;
  /** URN of its parent component. */
  readonly parent: string;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** Whether a replacement is created before the old resource is deleted, regardless of the provider's default. */
  readonly createsFirst: boolean;
  /** Custom timeout of delete; empty for the engine's default. */
  readonly deleteTimeout: string;
  /** Logical names of its dependencies. */
  readonly dependencies: readonly string[];
}

type Request = Parameters<MockMonitor["registerResource"]>[0];

let registered: Registered[] = [];
let liveOutputs: Readonly<Record<string, object>> = {};
const requests = new Map<string, Request>();

/** Mocks receive only inputs, so this wrapper reads the resource options from the request. */
const register = MockMonitor.prototype.registerResource;
MockMonitor.prototype.registerResource = function (request, callback) {
  requests.set(`${request.getType()} ${request.getName()}`, request);
  return register.call(this, request, callback);
};

pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    registered.push({ type, name, ...revealed(inputs), ...optionsOf(requests.get(`${type} ${name}`)) });
    return { id: `${name}-id`, state: { ...inputs, ...outputsOf(type, name, inputs), ...liveOutputs[name] } };
  },
  call: ({ token, inputs }) => (token === "aws:kms/getPublicKey:getPublicKey" ? { ...inputs, publicKeyPem } : {}),
});

/** A public key, as KMS returns it. */
const publicKeyPem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";

/** Key that marks a secret value in the engine's protocol (pulumi's `sdk/go/common/resource`). */
const secretMark = "4dabf18193072939515e22adb298388d";

// biome-ignore lint/suspicious/noExplicitAny: as above.
function revealed(inputs: Record<string, any>): Pick<Registered, "inputs" | "secretInputs"> {
  const secretInputs = Object.keys(inputs).filter((name) => inputs[name]?.[secretMark] !== undefined);
  const plain = Object.entries(inputs).map(([name, value]) => [
    name,
    secretInputs.includes(name) ? value.value : value,
  ]);
  return { inputs: Object.fromEntries(plain), secretInputs };
}

function optionsOf(request: Request | undefined) {
  return {
    protect: request?.getProtect() ?? false,
    parent: request?.getParent() ?? "",
    ignoreChanges: request?.getIgnorechangesList() ?? [],
    replaceOnChanges: request?.getReplaceonchangesList() ?? [],
    deleteBeforeReplace: request?.getDeletebeforereplace() ?? false,
    createsFirst: (request?.getDeletebeforereplacedefined() && !request.getDeletebeforereplace()) ?? false,
    deleteTimeout: request?.getCustomtimeouts()?.getDelete() ?? "",
    dependencies: (request?.getDependenciesList() ?? []).map((urn: string) => urn.split("::").at(-1) ?? ""),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function outputsOf(type: string, name: string, inputs: any): object {
  const arn = `arn:aws:test:::${name}`;
  switch (type) {
    case "aws:cloudwatch/logGroup:LogGroup":
      return { arn: `arn:aws:logs:${inputs.region}:123456789012:log-group:${inputs.name}` };
    case "aws:ec2/eip:Eip":
      return { publicIp: addressOf(name), allocationId: `${name}-allocation` };
    case "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter":
      return { vpcPeeringConnectionId: inputs.vpcPeeringConnectionId };
    case "aws:elasticache/replicationGroup:ReplicationGroup":
      return { primaryEndpointAddress: `master.${inputs.replicationGroupId}.cache.amazonaws.com` };
    case "aws:lb/loadBalancer:LoadBalancer":
      return {
        dnsName: `${inputs.name}.elb.${inputs.region}.amazonaws.com`,
        zoneId: `Z${inputs.region}`,
        arn,
        arnSuffix: `net/${inputs.name}/0a1b2c`,
      };
    case "aws:lb/targetGroup:TargetGroup":
      return { arn, arnSuffix: `targetgroup/${inputs.name}/0a1b2c` };
    case "aws:s3/bucket:Bucket":
      return { bucket: `${inputs.bucketPrefix}0a1b2c`, arn: `arn:aws:s3:::${inputs.bucketPrefix}0a1b2c` };
    case "aws:secretsmanager/secretVersion:SecretVersion":
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return { versionId: `${name}-version-1` };
    default:
      return { arn };
  }
}

/** Returns a node's Elastic IP, which does not depend on other nodes of the stack. */
export function addressOf(name: string): string {
  const [, code = "", number = "1"] = /^(\w+)-(\d+)/.exec(name) ?? [];
  return `203.0.113.${Number(number) + 9 + (code === "euc1" ? 0 : 50 + (code.charCodeAt(0) % 10) * 16)}`;
}

/** Offers the settings' type in zones a to c, and similar types in zones a to d. */
function offerOf({ name, nodes }: AwsRegion, unchanged: readonly string[]): Offer {
  const [type = ""] = nodes.map(({ instanceType }) => instanceType);
  const zones = ["a", "b", "c", "d"].map((zone) => `${name}${zone}`);
  const similar = similarTypes(type).map((other) => [other, zones]);
  return { zones: { ...Object.fromEntries(similar), [type]: zones.slice(0, 3) }, unchanged };
}

interface RegisterOptions {
  readonly profile?: string;
  readonly pinned?: boolean;
  /** Outputs in the state of an existing stack, by resource name. @default none */
  readonly live?: Readonly<Record<string, object>>;
  /** Nodes that already run with the settings' instance type. @default none */
  readonly unchanged?: readonly string[];
  /** Whether to wait until every node's Command is registered, which happens unless something fails. @default true */
  readonly complete?: boolean;
}

/** Registers the stack with these settings and returns all of its resources once they are registered. */
export async function registerAws(
  values: RawConfig["values"] = {},
  { profile, pinned = false, live = {}, unchanged = [], complete = true }: RegisterOptions = {},
): Promise<readonly Registered[]> {
  registered = [];
  liveOutputs = live;
  const { AwsStack } = require("../../components/aws/stack") as typeof import("../../components/aws/stack");
  const { settings, secrets } = configureAws(values);
  const plan = planAws(settings);
  const facts: AwsFacts = {
    zoneId: "Z0123456789",
    offers: Object.fromEntries(plan.regions.map((region) => [region.name, offerOf(region, unchanged)])),
    machineImages: Object.fromEntries(plan.regions.map(({ name }) => [name, { id: "ami-0123456789abcdef0", pinned }])),
  };
  await withoutStackTraces(async () => {
    new AwsStack("aws", { plan, secrets, facts, sources: readNodeSources(), ...(profile && { profile }) });
    await allRegistered(complete ? plan.nodes.length : 0);
  });
  return registered.toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

/**
 * Waits until every node's Command, one of the last resources, is registered and no more registrations follow for 50
 * ms. A resource registers as soon as its inputs are known.
 */
async function allRegistered(nodes: number): Promise<void> {
  const complete = () => registered.filter(({ type }) => type === "command:local:Command").length >= nodes;
  for (let before = -1; before < registered.length || !complete(); ) {
    before = registered.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns the resources of a type, such as `Instance`. */
export const ofType = (type: string, all: readonly Registered[]) =>
  all.filter((each) => each.type.endsWith(`:${type}`));

export const inputsOf = (type: string, all: readonly Registered[]) => ofType(type, all).map(({ inputs }) => inputs);

/** Returns the resource with this logical name, ignoring components. @throws Error if there is none */
export function named(name: string, all: readonly Registered[]): Registered {
  const found = all.find((each) => each.name === name && !each.type.startsWith("livekit:"));
  if (!found) throw new Error(`no ${name}`);
  return found;
}
