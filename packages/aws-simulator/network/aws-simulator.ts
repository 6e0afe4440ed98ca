import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { tarArchive } from "../../provider-kit/archive";
import { acmeServerCertificate, directoryUrl, issuingRoot, startAcme } from "./acme";
import { buildGateway } from "./build";
import { Cache, type CacheOptions } from "./cache";
import { caRoot, createCa } from "./certificate-authority";
import { Client } from "./client";
import { execute, removeContainer, run } from "./containers";
import { ask, tell } from "./control";
import { Machine, type MachineOptions, type SimulatorNetwork } from "./machine";
import { type AccountImage, startMoto } from "./moto";
import { containerName, createPart, labels, partsOf, type SimulatorInstance, type SimulatorSlot } from "./parts";
import { controlSocket, interfaces, ports } from "./state";

const program = "/opt/gateway.cjs";
const readySeconds = 60;

/** The client outside that every simulator has. */
const internet = { name: "internet", address: "198.19.0.10" } as const;

/** What a simulator starts with. */
export interface AwsSimulatorOptions {
  /** Machine images of its account. @default those that moto knows */
  readonly images?: readonly AccountImage[];
}

/**
 * The simulator on which production nodes boot on one machine: a gateway with 1:1 NAT, security groups and load balancers, EC2's
 * metadata service, a simulated AWS, name servers and a certificate authority. All of it is containers in networks of their
 * own: nothing of this machine's network is changed, and nothing is left when they are removed.
 *
 * The gateway asks the simulated AWS every second: what its API is told of security groups, Elastic IPs, routes, peerings,
 * load balancers and health checks, packets and names meet within two. What has no likeness here is in the gateway's log.
 * @example
 * const simulator = await AwsSimulator.start({ docker, number: 1, image: await ensureCloudImage(docker, progress) });
 * const machine = await simulator.launch({ name: "euc1-1", image: await ensureMachineImage(docker, progress), ... });
 * await machine.booted();
 * await simulator.internet.run(["curl", `http://${machine.record.publicAddress}:7880/`]);
 * await simulator.stop();
 */
export class AwsSimulator {
  private constructor(
    private readonly slot: SimulatorInstance,
    private readonly parts: { readonly gateway: Dockerode.Container; readonly acme: Dockerode.Container },
    /** The value of AWS_ENDPOINT_URL for programs on this machine; machines have their own. */
    readonly awsEndpointUrl: string,
    /** A client outside. */
    readonly internet: Client,
  ) {}

  /** Starts a simulator; what an earlier one of the same number left is removed first. */
  static async start(at: SimulatorSlot, { images = [] }: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
    await AwsSimulator.remove(at.docker, at.number);
    const slot = { ...at, id: randomBytes(8).toString("hex") };
    const gateway = await startGateway(slot);
    const shared = `container:${gateway.id}`;
    await Promise.all([
      createCa(gateway),
      startMoto(slot, shared, images),
      startAcme(slot, shared),
      Client.start(slot, gateway, internet.name, internet.address),
    ]);
    await Promise.all([
      answers(gateway, "http://gateway/state", "--unix-socket", controlSocket),
      answers(gateway, `http://127.0.0.1:${ports.aws}/moto-api/`),
      answers(gateway, `https://127.0.0.1:${ports.acme}/dir`),
    ]);
    return AwsSimulator.find(slot);
  }

  /** The running simulator of this number, which another process may have started. */
  static async find(slot: SimulatorSlot): Promise<AwsSimulator> {
    const container = (name: string) => slot.docker.getContainer(containerName(slot, name));
    const gateway = container("gateway");
    const { NetworkSettings, Config } = await gateway.inspect();
    const port = NetworkSettings.Ports[`${ports.aws}/tcp`]?.[0]?.HostPort;
    const parts = { gateway, acme: container("acme") };
    const plot = { ...slot, id: Config.Labels[labels.id] ?? "" };
    return new AwsSimulator(
      plot,
      parts,
      `http://127.0.0.1:${port}`,
      Client.find(slot, internet.name, internet.address),
    );
  }

  /**
   * Removes everything of the simulator of this number, whatever state it is in.
   * @param id of the one simulator to remove: another that has its number by now is left alone. @default any
   */
  static async remove(docker: Dockerode, number: number, { id }: { readonly id?: string } = {}): Promise<void> {
    const list = () => partsOf(docker, number, undefined, id);
    // Whoever works on it may make more until then.
    for (let parts = await list(); parts.length > 0; parts = await list()) {
      await Promise.all(parts.map(({ Id }) => removeContainer(docker.getContainer(Id))));
    }
  }

  /** Tells it apart from another one that has, or had, its number. */
  get id(): string {
    return this.slot.id;
  }

  /** The value of `acme.directoryUrl` for machines. */
  get acmeDirectoryUrl(): string {
    return directoryUrl;
  }

  /** PEM of the root that certificates of this simulator go back to. */
  issuingRoot(): Promise<string> {
    return issuingRoot(this.parts.acme);
  }

  /** PEM of the root of what AWS itself serves under its own names, such as {@link Cache}. */
  amazonRoot(): Promise<string> {
    return caRoot(this.parts.gateway);
  }

  /** Launches a machine, which boots while this returns. It trusts the certificate authority's own server, and Amazon's. */
  async launch(options: MachineOptions): Promise<Machine> {
    const own = await Promise.all([acmeServerCertificate(this.parts.acme), this.amazonRoot()]);
    const caCertificates = [...own, options.caCertificates ?? ""].join("\n");
    return Machine.launch(this.network, { ...options, caCertificates });
  }

  /** A machine that this or another process launched, undefined where none has the name. */
  async machine(name: string): Promise<Machine | undefined> {
    const { machines } = await ask(this.parts.gateway);
    const record = machines.find((machine) => machine.name === name);
    return record && Machine.find(this.network, record);
  }

  /** Makes a replication group of ElastiCache, which answers when this returns. */
  cache(options: CacheOptions): Promise<Cache> {
    return Cache.create(this.network, options);
  }

  /** A cache that this or another process made, undefined where none has the name. */
  async findCache(name: string): Promise<Cache | undefined> {
    const { caches } = await ask(this.parts.gateway);
    const record = caches.find((cache) => cache.name === name);
    return record && Cache.find(this.network, record);
  }

  /** Lets the machines of two VPCs, by their networks, reach each other's private addresses, whatever AWS knows of them. */
  async peer(network: string, other: string): Promise<void> {
    await tell(this.parts.gateway, { peer: [network, other] });
  }

  async unpeer(network: string, other: string): Promise<void> {
    await tell(this.parts.gateway, { part: [network, other] });
  }

  /**
   * Makes every packet from one region to another take this long, by whatever address. Returns what came of it, in words:
   * not every kernel can hold packets back.
   */
  latency({ milliseconds }: { readonly milliseconds: number }): Promise<string> {
    return tell(this.parts.gateway, { latency: milliseconds });
  }

  /** Has Route 53 take {@link internet} to be nearest to this region. @default none */
  async nearest(region: string): Promise<void> {
    await tell(this.parts.gateway, { near: { address: internet.address, region } });
  }

  /**
   * One more client outside, at an address of {@link addresses.internet}.
   * @param region the one that Route 53 takes it to be nearest to; @default none
   */
  async client(name: string, address: string, { region }: { readonly region?: string } = {}): Promise<Client> {
    if (region) await tell(this.parts.gateway, { near: { address, region } });
    return Client.start(this.slot, this.parts.gateway, name, address);
  }

  /** Lets no packet pass between two VPCs, by their networks, whatever way there is. */
  async separate(network: string, other: string): Promise<void> {
    const rules = `table inet separation {
      chain forward {
        type filter hook forward priority -10;
        ip saddr ${network} ip daddr ${other} drop
        ip saddr ${other} ip daddr ${network} drop
      }
    }`;
    await run(this.parts.gateway, ["nft", rules]);
  }

  /** Ends what {@link separate} did. */
  async reunite(): Promise<void> {
    await run(this.parts.gateway, ["nft", "delete", "table", "inet", "separation"]);
  }

  /** Lets machines reach the certificate authority no more, or the simulated AWS by any name. This machine still does. */
  async cut(service: "aws" | "acme"): Promise<void> {
    const rules = `table inet ${outage(service)} {
      chain input {
        type filter hook input priority -10;
        iifname "${interfaces.machine}*" tcp dport ${ports[service]} drop
      }
    }`;
    await run(this.parts.gateway, ["nft", rules]);
  }

  /** Ends what {@link cut} did. */
  async mend(service: "aws" | "acme"): Promise<void> {
    await run(this.parts.gateway, ["nft", "delete", "table", "inet", outage(service)]);
  }

  stop(): Promise<void> {
    const { docker, number, id } = this.slot;
    return AwsSimulator.remove(docker, number, { id });
  }

  private get network(): SimulatorNetwork {
    const { slot, parts } = this;
    return { slot, gateway: parts.gateway, tell: (change) => tell(parts.gateway, change) };
  }
}

const outage = (service: string) => `outage-${service}`;

async function startGateway(slot: SimulatorInstance): Promise<Dockerode.Container> {
  const gateway = await createPart(
    slot,
    "gateway",
    "gateway",
    // What is beside it answers whatever version of Node.js asks.
    ["env", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true", "node", program],
    {
      NetworkMode: "bridge",
      CapAdd: ["NET_ADMIN"],
      PortBindings: { [`${ports.aws}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      // It answers for every address that it has a way to.
      Sysctls: {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.conf.all.proxy_arp": "1",
        "net.ipv4.conf.all.rp_filter": "0",
      },
    },
    { ExposedPorts: { [`${ports.aws}/tcp`]: {} } },
  );
  await gateway.putArchive(tarArchive([{ path: program, content: await buildGateway(), mode: 0o644 }]), { path: "/" });
  await gateway.start();
  return gateway;
}

/** Asked from the gateway: where this machine has a port published, something takes connections before the service does. */
async function answers(gateway: Dockerode.Container, url: string, ...options: readonly string[]): Promise<void> {
  const asking = `until curl --silent --fail --insecure --output /dev/null ${options.join(" ")} ${url}; do sleep 0.1; done`;
  const { code } = await execute(gateway, ["timeout", `${readySeconds}`, "sh", "-c", asking]);
  if (code !== 0) throw new Error(`${url} does not answer within ${readySeconds} s`);
}
