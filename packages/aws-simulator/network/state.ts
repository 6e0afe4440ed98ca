import ipaddr from "ipaddr.js";
import { addressAt } from "./ipv4";

/** A security group rule: allows traffic from, or to, these networks. */
export interface GroupRule {
  readonly protocol: "tcp" | "udp" | "icmp" | "all";
  /** First and last port, inclusive. For ICMP: type and code, -1 for any. */
  readonly first: number;
  readonly last: number;
  /** IPv4 CIDRs. */
  readonly cidrs: readonly string[];
  /** Addresses of load balancers in the referenced group. They match the address that the client connected to. */
  readonly through?: readonly string[];
}

/** An endpoint with a private address in a VPC. */
export interface EndpointRecord {
  /** Unique within the simulator, such as `euc1-1`. */
  readonly name: string;
  readonly region: string;
  readonly zone: string;
  /** The VPC's CIDR. Endpoints reach others in the same VPC, and none in other VPCs unless a peering connects them. */
  readonly network: string;
  readonly subnet: string;
  readonly privateAddress: string;
  /** Ingress rules. The simulated AWS's security groups take precedence. */
  readonly ingress?: readonly GroupRule[];
}

/**
 * A simulated EC2 instance, as registered with the gateway and the metadata service. If the instance exists in the
 * simulated AWS, its security groups, address, role, type and hop limit come from there.
 */
export interface MachineRecord extends EndpointRecord {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  /**
   * Elastic IP. A machine without an Elastic IP can't exchange packets with addresses outside its VPC and peered VPCs.
   */
  readonly publicAddress?: string;
  /** Role name of the instance profile. */
  readonly role?: string;
  /** User data, in Base64. */
  readonly userData: string;
  /** Hop limit of metadata responses. */
  readonly metadataHops: number;
}

/** A simulated ElastiCache replication group: one Redis, under the name of its primary endpoint. */
export interface CacheRecord extends EndpointRecord {
  /** DNS name that resolves to its address. */
  readonly endpoint: string;
  /** Security group ids in the simulated AWS, instead of `ingress`. */
  readonly groups?: readonly string[];
}

/** The state registered with the gateway. */
export interface SimulatorState {
  readonly machines: readonly MachineRecord[];
  readonly caches: readonly CacheRecord[];
  /** Pairs of VPC CIDRs whose machines reach each other's private addresses. */
  readonly peerings: readonly Peering[];
  /** One-way latency between regions. @default none */
  readonly latencyMilliseconds?: number;
  /**
   * Nearest region of an external client, by the client's address. @default none: the first healthy latency record is
   * returned
   */
  readonly near?: Readonly<Record<string, string>>;
}

/** Network settings of an endpoint, from the simulated AWS or its record. */
export interface Placed {
  readonly ingress: readonly GroupRule[];
  /** Undefined allows all egress. */
  readonly egress: readonly GroupRule[] | undefined;
  /** Whether its subnet has a route to an internet gateway. */
  readonly internet: boolean;
  /** Set if the instance exists in the simulated AWS. */
  readonly subnetId?: string;
}

export type PlacedMachine = MachineRecord & Placed;
export type PlacedCache = CacheRecord & Placed;

/** A one-way route from one CIDR to another. */
export type Way = readonly [string, string];

/** Targets of new connections to one port of a load balancer. */
export interface Listening {
  /** The load balancer's address in one availability zone. */
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** Targets, which receive new connections in turn. */
  readonly targets: readonly Target[];
}

export interface Target {
  /** Private address of the machine. */
  readonly address: string;
  readonly port: number;
}

/** A network load balancer. */
export interface PlacedBalancer {
  /** Its DNS name, in lower case. */
  readonly name: string;
  /** One address for each availability zone. */
  readonly addresses: readonly string[];
  /**
   * Addresses that its name resolves to: the addresses in zones with healthy targets, or all addresses if no zone has
   * any.
   */
  readonly answers: readonly string[];
  readonly listeners: readonly Listening[];
  /** Ingress rules. Undefined if it has no security groups and allows everything. */
  readonly ingress: readonly GroupRule[] | undefined;
  /** Whether any target is healthy. */
  readonly serves: boolean;
  readonly checks: readonly Check[];
}

/** A health check of one target. */
export interface Check extends Target {
  /** Unique key of the check. */
  readonly key: string;
  readonly protocol: "tcp" | "http" | "https";
  readonly path: string;
  /** Healthy status codes, such as `200-399` or `200,406`. */
  readonly codes: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Consecutive successes that make the target healthy; `unhealthyThreshold` counts failures. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Health before the first result. */
  readonly initially: boolean;
  /** Source address of the check. @default the gateway's address in the target's VPC */
  readonly from?: string;
  /** Host name for SNI and the Host header. */
  readonly hostname?: string;
  /** For a load balancer's target: the group's ARN and the instance id, separated by a space. */
  readonly target?: string;
}

/** A Route 53 health check. */
export interface NameCheck {
  readonly id: string;
  readonly check: Check;
  /** Whether the result is inverted. */
  readonly inverted: boolean;
  /** Whether the check is disabled. It is then not run and counts as healthy. */
  readonly disabled: boolean;
}

/** Everything that the gateway's rules are derived from. */
export interface Topology {
  readonly machines: readonly PlacedMachine[];
  readonly caches: readonly PlacedCache[];
  readonly balancers: readonly PlacedBalancer[];
  readonly nameChecks: readonly NameCheck[];
  /** Routes between private addresses. */
  readonly ways: readonly Way[];
}

/** Socket on which the gateway accepts changes and returns its state. */
export const controlSocket = "/run/gateway.sock";

export type Peering = readonly [string, string];

export const emptyState: SimulatorState = { machines: [], caches: [], peerings: [] };

/**
 * Addresses of a simulator. All simulators use the same ones, because each has its own networks. Machines also download
 * packages from the real internet, so these ranges must be unused there: they are reserved for benchmarks (RFC 2544)
 * and documentation (RFC 5737).
 */
export const addresses = {
  /** EC2 metadata service (AWS's EC2 user guide). */
  metadata: "169.254.169.254",
  /** Address of the simulated AWS and the certificate authority, for machines. */
  services: "198.18.0.1",
  /** Network of Elastic IPs. */
  elastic: "198.51.100.0/25",
  /**
   * Network of load balancers. The third documentation range is not used, because a package mirror had an address
   * there.
   */
  balancers: "198.51.100.128/25",
  /** Network of external clients. The gateway is its router and name server. */
  internet: "198.19.0.0/24",
  internetRouter: "198.19.0.1",
} as const;

/** Id of the simulated account, as in moto. */
export const simulatedAccountId = "123456789012";

export const ports = { aws: 5000, acme: 14000, acmeManagement: 15000, dns: 53, metadata: 80, https: 443 } as const;

/**
 * Interface names of the gateway: the Docker engine's network, and prefixes for the interfaces of machines and external
 * clients.
 */
export const interfaces = { uplink: "eth0", machine: "vm", client: "net" } as const;

/** Traffic class of packets from other regions, assigned by the nftables rules. */
export const lateClass = "1:2";

/**
 * Returns the interface name of an address, with the address in hex digits: interface names have at most 15 characters.
 */
export function interfaceOf(side: "machine" | "client", address: string): string {
  return `${interfaces[side]}${octets(address).map(hex).join("")}`;
}

/** Returns the router of a subnet: its second address (AWS's VPC user guide). */
export function routerOf(subnet: string): string {
  return addressAt(subnet, 1);
}

/** Returns the name server of a VPC: its third address (AWS's VPC user guide). */
export function resolverOf(network: string): string {
  return addressAt(network, 2);
}

/** Derives a MAC address from the IP address. The metadata service identifies interfaces by it. */
export function macOf(address: string): string {
  return ["02", "00", ...octets(address).map(hex)].join(":");
}

const octets = (address: string) => ipaddr.IPv4.parse(address).octets;
const hex = (octet: number) => octet.toString(16).padStart(2, "0");
