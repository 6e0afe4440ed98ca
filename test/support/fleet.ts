import { primaryRegion } from "../../model/aws/plan";
import type { Cache } from "../../packages/aws-simulator/network/cache";
import { cacheName } from "../../packages/aws-simulator/provider/services/elasticache/simulated-cache";
import type { Override } from "../../scripts/rehearsal/workspace";
import type { Entry, HeldCall } from "./held-call";
import { Rehearsed } from "./rehearsed";
import type { RunningCall } from "./running-call";

const region = { instanceType: "c7i.large", nodes: 2 };
const [europe, america] = [
  { ...region, name: "eu-central-1", cidr: "10.0.0.0/16", primary: true },
  { ...region, name: "us-east-1", cidr: "10.1.0.0/16" },
];

/** Shorter than a call that a test does not end, longer than it takes to end one. */
export const drainTimeoutSeconds = 45;

/** The production example as two regions of two nodes, behind load balancers, with one Redis. */
export const fleetOverrides: readonly Override[] = Object.entries({
  regions: [europe, america],
  redis: { mode: "elasticache" },
  loadBalancer: "nlb",
  monitoring: true,
  drainTimeoutSeconds,
  // A node that goes gives its address back.
  protect: false,
}).map(([key, value]) => ({ path: [`livekit:${key}`], value, why: "several nodes and regions" }));

/** What differs of a region. */
export interface RegionChange {
  readonly name: string;
  readonly nodes: number;
  readonly instanceType?: string;
  readonly primary?: boolean;
}

/** Calls until one is on a given node: a new room goes to either node of its region. */
const attempts = 12;

/** A rehearsed stack of two regions of two nodes, what its users do, and where their calls are. */
export class Fleet {
  /** Of each node by its public address. */
  private nodes: Readonly<Record<string, string>> = {};

  constructor(readonly aws: Rehearsed) {}

  /** A simulator with an account; nothing of the stack is made yet. */
  static async start(): Promise<Fleet> {
    // The simulator's load balancers are told within two seconds, and nobody here keeps a name for longer.
    process.env["LEAVE_SECONDS"] = "5";
    process.env["AWAY_SECONDS"] = "5";
    return new Fleet(await Rehearsed.start(fleetOverrides));
  }

  /** Somebody who joins by the stack's name and comes to this node. */
  async through(node: string): Promise<Entry> {
    const { apiName, nodes } = this.aws.rehearsal.plan;
    const connectAddress = await this.addressOf(nodes.find(({ name }) => name === node)?.dnsName ?? "");
    return { url: `wss://${apiName}`, connectAddress };
  }

  /** Somebody who joins by a region's name. */
  near(code: string): Entry {
    const { domain } = this.aws.rehearsal.plan;
    return { url: `wss://${code}.${domain}` };
  }

  /** Somebody who joins by the stack's name. */
  anywhere(): Entry {
    return { url: `wss://${this.aws.rehearsal.plan.apiName}` };
  }

  /** The nodes that a call's media go through, as its participants see them. */
  async nodesOf(call: Pick<HeldCall, "addresses">): Promise<string[]> {
    if (Object.keys(this.nodes).length === 0) {
      const { nodes } = this.aws.rehearsal.plan;
      this.nodes = Object.fromEntries(
        await Promise.all(nodes.map(async ({ name, dnsName }) => [await this.addressOf(dnsName), name] as const)),
      );
    }
    return [...new Set(call.addresses.map((address) => this.nodes[address] ?? address))];
  }

  /** A call whose room is on this node. */
  async callOn(node: string): Promise<RunningCall> {
    const entry = this.near(node.split("-")[0] ?? "");
    for (let attempt = 0; attempt < attempts; attempt++) {
      const call = await this.aws.holdCall("udp", [entry, entry]);
      const [at] = await this.nodesOf(call.begun);
      if (at === node) return call;
      await call.end();
    }
    throw new Error(`no room of ${attempts} went to ${node}`);
  }

  /** Has these regions, in this order, and as many nodes in each. */
  async become(...regions: readonly RegionChange[]): Promise<void> {
    const amiId = this.aws.rehearsal.overrides.find(({ path }) => path.at(-1) === "amiId")?.value;
    const all = regions.map((change) => ({
      ...[europe, america].find(({ name }) => name === change.name),
      ...change,
      amiId,
    }));
    await this.aws.set("regions", JSON.stringify(all));
    // Names of nodes that come lead to nothing yet.
    this.nodes = {};
  }

  /** The Redis that all share. */
  cache(): Promise<Cache | undefined> {
    const { simulator, plan } = this.aws.rehearsal;
    return simulator.findCache(
      cacheName({ region: primaryRegion(plan).name, replicationGroupId: `${plan.namePrefix}-redis` }),
    );
  }

  /** What a name stands for, outside. */
  async addressOf(name: string): Promise<string> {
    return (await this.aws.outsideShell(`getent ahostsv4 ${name}`)).stdout.split(" ")[0] ?? "";
  }
}
