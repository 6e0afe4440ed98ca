import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { AwsFacts } from "../../components/aws/stack";
import { type Offer, similarTypes } from "../../model/aws/offer";
import { type AwsRegion, planAws } from "../../model/aws/plan";
import type { RawConfig } from "../../model/settings/parse";
import { readNodeProgram } from "../../stacks/node-program";
import { configureAws } from "./settings";
import { withoutStackTraces } from "./stack-traces";

/** A resource as the engine is asked for it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a mock sees the inputs of every type.
  readonly inputs: any;
  /** Names of the inputs that the engine is to encrypt. */
  readonly secretInputs: readonly string[];
  readonly protect: boolean;
  /** URN of its component. */
  readonly parent: string;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** Whatever the provider would do. */
  readonly createsFirst: boolean;
  /** Of delete; empty where the engine's own holds. */
  readonly deleteTimeout: string;
  /** Logical names of what it waits for. */
  readonly dependencies: readonly string[];
}

type Request = Parameters<MockMonitor["registerResource"]>[0];

let registered: Registered[] = [];
let liveOutputs: Readonly<Record<string, object>> = {};
const requests = new Map<string, Request>();

/** The mocks are given inputs alone: what else is asked of the engine is in its request. */
const register = MockMonitor.prototype.registerResource;
MockMonitor.prototype.registerResource = function (request, callback) {
  requests.set(`${request.getType()} ${request.getName()}`, request);
  return register.call(this, request, callback);
};

pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    registered.push({ type, name, ...revealed(inputs), ...asked(requests.get(`${type} ${name}`)) });
    return { id: `${name}-id`, state: { ...inputs, ...outputsOf(type, name, inputs), ...liveOutputs[name] } };
  },
  call: () => ({}),
});

/** A member of what stands in a secret's place on its way to the engine (pulumi's `sdk/go/common/resource`). */
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

function asked(request: Request | undefined) {
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

/** A node's Elastic IP, the same whatever else the stack has. */
export function addressOf(name: string): string {
  const [, code = "", number = "1"] = /^(\w+)-(\d+)/.exec(name) ?? [];
  return `203.0.113.${Number(number) + 9 + (code === "euc1" ? 0 : 50 + (code.charCodeAt(0) % 10) * 16)}`;
}

/** Zones a to c offer the settings' type, a to d similar ones. */
function offerOf({ name, nodes }: AwsRegion, unchanged: readonly string[]): Offer {
  const [type = ""] = nodes.map(({ instanceType }) => instanceType);
  const zones = ["a", "b", "c", "d"].map((zone) => `${name}${zone}`);
  const similar = similarTypes(type).map((other) => [other, zones]);
  return { zones: { ...Object.fromEntries(similar), [type]: zones.slice(0, 3) }, unchanged };
}

interface RegisterOptions {
  readonly profile?: string;
  readonly pinned?: boolean;
  /** Outputs that the state has of a stack that exists, by the resource's name. @default none */
  readonly live?: Readonly<Record<string, object>>;
  /** Nodes that run with the settings' instance type. @default none */
  readonly unchanged?: readonly string[];
  /** Whether every node's change registers, as it does where nothing fails. @default true */
  readonly complete?: boolean;
}

/** Registers the stack of these settings, and returns what it registered once all of it is there. */
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
    new AwsStack("aws", { plan, secrets, facts, nodeProgram: readNodeProgram(), ...(profile && { profile }) });
    await allRegistered(complete ? plan.nodes.length : 0);
  });
  return registered.toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

/** Resources register each when its inputs are there, a node's change among the last: no more follow when none has for a while. */
async function allRegistered(nodes: number): Promise<void> {
  const complete = () => registered.filter(({ type }) => type === "command:local:Command").length >= nodes;
  for (let before = -1; before < registered.length || !complete(); ) {
    before = registered.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Those of a type, such as `Instance`. */
export const ofType = (type: string, all: readonly Registered[]) =>
  all.filter((each) => each.type.endsWith(`:${type}`));

export const inputsOf = (type: string, all: readonly Registered[]) => ofType(type, all).map(({ inputs }) => inputs);

/** The resource of a logical name; components are passed over. @throws where there is none */
export function named(name: string, all: readonly Registered[]): Registered {
  const found = all.find((each) => each.name === name && !each.type.startsWith("livekit:"));
  if (!found) throw new Error(`no ${name}`);
  return found;
}
