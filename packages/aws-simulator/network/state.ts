import ipaddr from "ipaddr.js";

/** One rule of a security group: what it lets in from these networks, or out to them. */
export interface GroupRule {
  readonly protocol: "tcp" | "udp" | "icmp" | "all";
  /** Ports, both included; of ICMP type and code, -1 for every one. */
  readonly first: number;
  readonly last: number;
  /** IPv4 networks. */
  readonly cidrs: readonly string[];
  /** Of a group that load balancers are in: addresses of theirs, which a client has asked. */
  readonly through?: readonly string[];
}

/** Something with an address in a VPC. */
export interface EndpointRecord {
  /** Unique in its simulator, such as `euc1-1`. */
  readonly name: string;
  readonly region: string;
  readonly zone: string;
  /** The VPC's network: what is in it reaches each other, what is in others does not. */
  readonly network: string;
  readonly subnet: string;
  readonly privateAddress: string;
  /** What its security groups let in. Where the simulated AWS knows it, that decides. */
  readonly ingress?: readonly GroupRule[];
}

/**
 * One simulated EC2 instance, as the gateway and the metadata service know it. Where the simulated AWS knows the instance,
 * its groups, address, role, type and hop limit are those that it has there.
 */
export interface MachineRecord extends EndpointRecord {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  /** Its Elastic IP; without one it reaches nothing outside its VPC and is reached by nobody. */
  readonly publicAddress?: string;
  /** Name of its instance profile's role. */
  readonly role?: string;
  /** Base64 of what EC2 was given. */
  readonly userData: string;
  /** Routers that an answer of the metadata service may cross. */
  readonly metadataHops: number;
}

/** One simulated ElastiCache replication group: one Redis, by the name of its primary endpoint. */
export interface CacheRecord extends EndpointRecord {
  /** The name that resolves to its address. */
  readonly endpoint: string;
  /** Its security groups at the simulated AWS, in place of `ingress`. */
  readonly groups?: readonly string[];
}

/** Everything that the gateway was told. */
export interface SimulatorState {
  readonly machines: readonly MachineRecord[];
  readonly caches: readonly CacheRecord[];
  /** Pairs of VPCs, by their networks, whose machines reach each other's private addresses. */
  readonly peerings: readonly Peering[];
  /** What a packet takes from one region to another. @default none */
  readonly latencyMilliseconds?: number;
  /** The region that a client outside is nearest to, by its address. @default none: Route 53 answers it any */
  readonly near?: Readonly<Record<string, string>>;
}

/** What is decided of something with an address, by the simulated AWS or by its record. */
export interface Placed {
  readonly ingress: readonly GroupRule[];
  /** Undefined lets everything out. */
  readonly egress: readonly GroupRule[] | undefined;
  /** There is a way from its subnet to an internet gateway. */
  readonly internet: boolean;
  /** Where the simulated AWS knows it. */
  readonly subnetId?: string;
}

export type PlacedMachine = MachineRecord & Placed;
export type PlacedCache = CacheRecord & Placed;

/** From one network to another, in one direction. */
export type Way = readonly [string, string];

/** Where new connections to one port of a load balancer go. */
export interface Listening {
  /** The load balancer's, in one zone. */
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** Taken in turns. */
  readonly targets: readonly Target[];
}

export interface Target {
  /** Private address of its machine. */
  readonly address: string;
  readonly port: number;
}

/** One network load balancer. */
export interface PlacedBalancer {
  /** Its DNS name, in lower case. */
  readonly name: string;
  /** One for each of its zones. */
  readonly addresses: readonly string[];
  /** Those that its name resolves to: of zones that can serve. */
  readonly answers: readonly string[];
  readonly listeners: readonly Listening[];
  /** Of its security groups; undefined where it has none, and lets everything in. */
  readonly ingress: readonly GroupRule[] | undefined;
  /** Some target is well. */
  readonly serves: boolean;
  readonly checks: readonly Check[];
}

/** How the health of one target of one target group is found out. */
export interface Check extends Target {
  /** Tells it apart from all others. */
  readonly key: string;
  readonly protocol: "tcp" | "http" | "https";
  readonly path: string;
  /** Status codes of health, such as `200-399` or `200,406`. */
  readonly codes: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Answers of one kind in a row that change a verdict. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** The verdict before any answer. */
  readonly initially: boolean;
  /** The gateway's address that asks. @default the one that it has in the target's VPC */
  readonly from?: string;
  /** The name to ask for. */
  readonly hostname?: string;
  /** Of a load balancer's target: its group's ARN and its instance's id, with a blank between. */
  readonly target?: string;
}

/** One health check of Route 53. */
export interface NameCheck {
  readonly id: string;
  readonly check: Check;
  /** Its verdict is turned round. */
  readonly inverted: boolean;
  /** It is not asked, and its verdict is that all is well. */
  readonly disabled: boolean;
}

/** Everything that the gateway's rules are made of. */
export interface Topology {
  readonly machines: readonly PlacedMachine[];
  readonly caches: readonly PlacedCache[];
  readonly balancers: readonly PlacedBalancer[];
  readonly nameChecks: readonly NameCheck[];
  /** Ways between private addresses. */
  readonly ways: readonly Way[];
}

/** Where the gateway takes changes and tells what it was told. */
export const controlSocket = "/run/gateway.sock";

export type Peering = readonly [string, string];

export const emptyState: SimulatorState = { machines: [], caches: [], peerings: [] };

/**
 * Addresses of a simulator. Each simulator is a world of its own: two of them have the same ones. Machines still reach the real
 * network for packages, so these are of networks that nobody there has: for tests of networks (RFC 2544), and for examples
 * (RFC 5737).
 */
export const addresses = {
  /** EC2's metadata service (AWS's EC2 user guide). */
  metadata: "169.254.169.254",
  /** Where the simulated AWS and the certificate authority answer the machines. */
  services: "198.18.0.1",
  /** Elastic IPs are of this network. */
  elastic: "198.51.100.0/25",
  /** Load balancers' addresses are of this network. The third one for examples is left out: a mirror was seen there. */
  balancers: "198.51.100.128/25",
  /** Clients outside are of this network, which the gateway is the router and the name server of. */
  internet: "198.19.0.0/24",
  internetRouter: "198.19.0.1",
} as const;

/** The id of the simulated account: moto's own. */
export const simulatedAccountId = "123456789012";

export const ports = { aws: 5000, acme: 14000, acmeManagement: 15000, dns: 53, metadata: 80, https: 443 } as const;

/** Interfaces of the gateway: the engine's own network, and one for each machine and each client outside by its address. */
export const interfaces = { uplink: "eth0", machine: "vm", client: "net" } as const;

/** The class of an interface's queue that the rules put packets from other regions into. */
export const lateClass = "1:2";

/** Names of interfaces have 15 characters at most: the address in hex digits. */
export function interfaceOf(side: "machine" | "client", address: string): string {
  return `${interfaces[side]}${octets(address).map(hex).join("")}`;
}

/** The router of a subnet: its second address (AWS's VPC user guide). */
export function routerOf(subnet: string): string {
  return nth(subnet, 1);
}

/** The name server of a VPC: its third address (AWS's VPC user guide). */
export function resolverOf(network: string): string {
  return nth(network, 2);
}

/** A hardware address that follows from the address, as the metadata service names interfaces by it. */
export function macOf(address: string): string {
  return ["02", "00", ...octets(address).map(hex)].join(":");
}

function nth(cidr: string, offset: number): string {
  const [network] = ipaddr.IPv4.parseCIDR(cidr);
  const last = network.octets[3] ?? 0;
  return [...network.octets.slice(0, 3), last + offset].join(".");
}

const octets = (address: string) => ipaddr.IPv4.parse(address).octets;
const hex = (octet: number) => octet.toString(16).padStart(2, "0");
