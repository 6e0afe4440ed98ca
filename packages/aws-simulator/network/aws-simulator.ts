import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { tarArchive } from "../../provider-kit/archive";
import { removeContainer } from "../../provider-kit/remove-container";
import { acmeServerCertificate, directoryUrl, issuingRoot, startAcme } from "./acme";
import { buildGateway } from "./build";
import { Cache, type CacheOptions } from "./cache";
import { caRoot, createCa } from "./certificate-authority";
import { Client } from "./client";
import { execute, run } from "./containers";
import { ask, sendChange } from "./control";
import { Machine, type MachineOptions, type SimulatorNetwork } from "./machine";
import { type AccountImage, readAccessKey, startMoto } from "./moto";
import { containerName, createPart, labels, partsOf, type SimulatorInstance, type SimulatorSlot } from "./parts";
import { controlSocket, interfaces, ports } from "./state";

const program = "/opt/gateway.cjs";
const readySeconds = 60;

/** The default external client, present in every simulator. */
const internet = { name: "internet", address: "198.19.0.10" } as const;

/** Options for starting a simulator. */
export interface AwsSimulatorOptions {
  /** Machine images in the simulated account. @default moto's built-in images */
  readonly images?: readonly AccountImage[];
}

/**
 * Simulates AWS on one machine, so that production nodes can boot there. It provides a gateway with 1:1 NAT, security
 * groups and load balancers, the EC2 metadata service, AWS APIs, name servers and a certificate authority. Everything
 * runs in containers on separate networks. The host's network is not changed, and removing the containers leaves
 * nothing behind.
 *
 * The gateway polls the simulated AWS several times a second. It applies changes to security groups, Elastic IPs,
 * routes, peerings, load balancers and health checks to packets and DNS names. It logs whatever it can't simulate.
 * @example
 * const image = await ensureSimulatorImage(docker, progress);
 * const simulator = await AwsSimulator.start({ docker, number: 1, image });
 * const machine = await simulator.launch({ name: "euc1-1", image: await ensureMachineImage(docker, progress), ... });
 * await machine.booted();
 * await simulator.internet.run(["curl", `http://${machine.record.publicAddress}:7880/`]);
 * await simulator.stop();
 */
export class AwsSimulator {
  private constructor(
    private readonly slot: SimulatorInstance,
    private readonly parts: { readonly gateway: Dockerode.Container; readonly acme: Dockerode.Container },
    /** AWS_ENDPOINT_URL for programs on the host. Simulated machines use a different value. */
    readonly awsEndpointUrl: string,
    /** Random access key id, without which the endpoint rejects requests. Its secret may be any text. */
    readonly accessKeyId: string,
    /** A client outside the simulated AWS. */
    readonly internet: Client,
  ) {}

  /** Starts a simulator. First removes everything left by an earlier simulator with the same number. */
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

  /** Returns the running simulator with this number, which another process may have started. */
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
      await readAccessKey(container("aws")),
      Client.find(slot, internet.name, internet.address),
    );
  }

  /**
   * Removes the simulator with this number, even if only some of its containers exist.
   * @param id limits the removal to the simulator with this id: a later one with the same number stays. @default any
   */
  static async remove(docker: Dockerode, number: number, { id }: { readonly id?: string } = {}): Promise<void> {
    const list = () => partsOf(docker, number, undefined, id);
    // Another process may create containers in the meantime, so repeat until none is left.
    for (let parts = await list(); parts.length > 0; parts = await list()) {
      await Promise.all(parts.map(({ Id }) => removeContainer(docker.getContainer(Id))));
    }
  }

  /** Environment variables with which programs on the host reach the simulated account. */
  get environment(): Readonly<Record<"AWS_ENDPOINT_URL" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string>> {
    return {
      AWS_ENDPOINT_URL: this.awsEndpointUrl,
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "simulated",
    };
  }

  /** Random id that distinguishes this simulator from earlier and later simulators with the same number. */
  get id(): string {
    return this.slot.id;
  }

  /** Returns the value of the `livekit:acme.directoryUrl` setting for simulated machines. */
  get acmeDirectoryUrl(): string {
    return directoryUrl;
  }

  /** Returns the root certificate of the simulator's ACME server, in PEM. */
  issuingRoot(): Promise<string> {
    return issuingRoot(this.parts.acme);
  }

  /** Returns the root certificate of AWS's own endpoints, such as {@link Cache}, in PEM. */
  amazonRoot(): Promise<string> {
    return caRoot(this.parts.gateway);
  }

  /**
   * Launches a machine. Returns before it has booted. The machine trusts the ACME server's own certificate and the
   * simulated Amazon root.
   */
  async launch(options: MachineOptions): Promise<Machine> {
    const own = await Promise.all([acmeServerCertificate(this.parts.acme), this.amazonRoot()]);
    const caCertificates = [...own, options.caCertificates ?? ""].join("\n");
    return Machine.launch(this.network, { ...options, caCertificates });
  }

  /** Returns a machine launched by this or another process, or undefined if none has the name. */
  async machine(name: string): Promise<Machine | undefined> {
    const { machines } = await ask(this.parts.gateway);
    const record = machines.find((machine) => machine.name === name);
    return record && Machine.find(this.network, record);
  }

  /** Creates an ElastiCache replication group and waits until it responds. */
  cache(options: CacheOptions): Promise<Cache> {
    return Cache.create(this.network, options);
  }

  /** Returns a cache created by this or another process, or undefined if none has the name. */
  async findCache(name: string): Promise<Cache | undefined> {
    const { caches } = await ask(this.parts.gateway);
    const record = caches.find((cache) => cache.name === name);
    return record && Cache.find(this.network, record);
  }

  /** Lets machines of two VPCs, given by CIDR, reach each other's private addresses, regardless of AWS peerings. */
  async peer(network: string, other: string): Promise<void> {
    await sendChange(this.parts.gateway, { peer: [network, other] });
  }

  async unpeer(network: string, other: string): Promise<void> {
    await sendChange(this.parts.gateway, { part: [network, other] });
  }

  /**
   * Delays every packet between regions, whether the sender uses private addresses or Elastic IPs. Returns a
   * description of the result, because some kernels can't delay packets.
   */
  latency({ milliseconds }: { readonly milliseconds: number }): Promise<string> {
    return sendChange(this.parts.gateway, { latency: milliseconds });
  }

  /**
   * Makes Route 53 treat this region as the nearest to {@link internet}. Without this call, no region is the nearest.
   */
  async nearest(region: string): Promise<void> {
    await sendChange(this.parts.gateway, { near: { address: internet.address, region } });
  }

  /**
   * Starts another external client, at an address of {@link addresses.internet}.
   * @param region the region that Route 53 treats as nearest to it; @default none
   */
  async client(name: string, address: string, { region }: { readonly region?: string } = {}): Promise<Client> {
    if (region) await sendChange(this.parts.gateway, { near: { address, region } });
    return Client.start(this.slot, this.parts.gateway, name, address);
  }

  /** Drops all packets between two VPCs, given by CIDR, even if routes connect them. */
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

  /** Reverts {@link separate}. */
  async reunite(): Promise<void> {
    await run(this.parts.gateway, ["nft", "delete", "table", "inet", "separation"]);
  }

  /**
   * Blocks machines from the ACME server, or from the simulated AWS at `AWS_ENDPOINT_URL`. The host can still reach
   * both, and machines can still reach the simulated AWS under real service names.
   */
  async cut(service: "aws" | "acme"): Promise<void> {
    const rules = `table inet ${outage(service)} {
      chain input {
        type filter hook input priority -10;
        iifname "${interfaces.machine}*" tcp dport ${ports[service]} drop
      }
    }`;
    await run(this.parts.gateway, ["nft", rules]);
  }

  /** Reverts {@link cut}. */
  async restore(service: "aws" | "acme"): Promise<void> {
    await run(this.parts.gateway, ["nft", "delete", "table", "inet", outage(service)]);
  }

  stop(): Promise<void> {
    const { docker, number, id } = this.slot;
    return AwsSimulator.remove(docker, number, { id });
  }

  private get network(): SimulatorNetwork {
    const { slot, parts } = this;
    return { slot, gateway: parts.gateway, sendChange: (change) => sendChange(parts.gateway, change) };
  }
}

const outage = (service: string) => `outage-${service}`;

async function startGateway(slot: SimulatorInstance): Promise<Dockerode.Container> {
  const gateway = await createPart(
    slot,
    "gateway",
    "gateway",
    // The simulated AWS accepts any Node.js version, so the SDK's version warning doesn't matter.
    ["env", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true", "node", program],
    {
      NetworkMode: "bridge",
      CapAdd: ["NET_ADMIN"],
      PortBindings: { [`${ports.aws}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      // The gateway answers ARP requests for every address that it has a route to.
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

/** Polls from inside the gateway: a port published on the host accepts connections before the service is ready. */
async function answers(gateway: Dockerode.Container, url: string, ...options: readonly string[]): Promise<void> {
  const asking = `until curl --silent --fail --insecure --output /dev/null ${options.join(" ")} ${url}; do sleep 0.1; done`;
  const { code } = await execute(gateway, ["timeout", `${readySeconds}`, "sh", "-c", asking]);
  if (code !== 0) throw new Error(`${url} does not answer within ${readySeconds} s`);
}
