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

/**
 * Timeout of a drain. It is shorter than the calls that tests leave running, and long enough for a call that a test
 * ends.
 */
export const drainTimeoutSeconds = 45;

/** The production example with two regions of two nodes, behind load balancers, with one Redis. */
const fleetOverrides: readonly Override[] = Object.entries({
  regions: [europe, america],
  redis: { mode: "elasticache" },
  loadBalancer: "nlb",
  monitoring: true,
  drainTimeoutSeconds,
  // Allows `up` to release the addresses of removed nodes.
  protect: false,
}).map(([key, value]) => ({ path: [`livekit:${key}`], value, why: "several nodes and regions" }));

/** Settings by which the two regions differ. */
export interface RegionChange {
  readonly name: string;
  readonly nodes: number;
  readonly instanceType?: string;
  readonly primary?: boolean;
}

/**
 * Maximum number of calls to start until one call's room is on a given node. LiveKit creates a room on any node of the
 * region.
 */
const attempts = 12;

/** A rehearsed stack of two regions with two nodes each, its clients, and the nodes of their calls. */
export class Fleet {
  /** Node names by public address. */
  private nodes: Readonly<Record<string, string>> = {};

  constructor(readonly aws: Rehearsed) {}

  /** Starts a simulator with an account. The stack does not exist yet. */
  static async start(): Promise<Fleet> {
    // Short waits suffice: the simulator's load balancers update within two seconds, and no client of these tests
    // caches a DNS name for longer.
    process.env["REQUEST_PROPAGATION_SECONDS"] = "5";
    process.env["AWAY_SECONDS"] = "5";
    return new Fleet(await Rehearsed.start(fleetOverrides));
  }

  /** A client that joins by the stack's name and connects to this node. */
  async through(node: string): Promise<Entry> {
    const { apiName, nodes } = this.aws.rehearsal.plan;
    const connectAddress = await this.addressOf(nodes.find(({ name }) => name === node)?.dnsName ?? "");
    return { url: `wss://${apiName}`, connectAddress };
  }

  /** A client that joins by a region's name. */
  near(code: string): Entry {
    const { domain } = this.aws.rehearsal.plan;
    return { url: `wss://${code}.${domain}` };
  }

  /** A client that joins by the stack's name. */
  anywhere(): Entry {
    return { url: `wss://${this.aws.rehearsal.plan.apiName}` };
  }

  /** Returns the nodes that carry the call's media, according to its participants. */
  async nodesOf(call: Pick<HeldCall, "addresses">): Promise<string[]> {
    if (Object.keys(this.nodes).length === 0) {
      const { nodes } = this.aws.rehearsal.plan;
      this.nodes = Object.fromEntries(
        await Promise.all(nodes.map(async ({ name, dnsName }) => [await this.addressOf(dnsName), name] as const)),
      );
    }
    return [...new Set(call.addresses.map((address) => this.nodes[address] ?? address))];
  }

  /** Starts a call whose room is on this node. */
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

  /** Sets these regions, in this order, with their numbers of nodes. */
  async become(...regions: readonly RegionChange[]): Promise<void> {
    const amiId = this.aws.rehearsal.overrides.find(({ path }) => path.at(-1) === "amiId")?.value;
    const all = regions.map((change) => ({
      ...[europe, america].find(({ name }) => name === change.name),
      ...change,
      amiId,
    }));
    await this.aws.set("regions", JSON.stringify(all));
    // New nodes have no DNS names yet, so the map is read again later.
    this.nodes = {};
  }

  /** The Redis that all nodes share. */
  cache(): Promise<Cache | undefined> {
    const { simulator, plan } = this.aws.rehearsal;
    return simulator.findCache(
      cacheName({ region: primaryRegion(plan).name, replicationGroupId: `${plan.namePrefix}-redis` }),
    );
  }

  /** Resolves a name outside AWS. */
  async addressOf(name: string): Promise<string> {
    return (await this.aws.outsideShell(`getent ahostsv4 ${name}`)).stdout.split(" ")[0] ?? "";
  }
}
