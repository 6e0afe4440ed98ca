import type Dockerode from "dockerode";
import { tarArchive } from "../../docker/archive";
import { buildGateway } from "./build";
import { execute, removeContainer, run } from "./containers";
import type { Change } from "./gateway";
import { Machine, type MachineOptions } from "./machine";
import { containerName, createPart, partsOf, type Site } from "./parts";
import { ports } from "./state";

const program = "/opt/gateway.cjs";
const readySeconds = 60;

/** Where commands on this machine reach what plays AWS. */
export interface Endpoints {
  /** The value of AWS_ENDPOINT_URL. */
  readonly aws: string;
}

/**
 * The ground on which production nodes boot on one machine: a gateway with 1:1 NAT and security groups, EC2's metadata
 * service, a simulated AWS, name servers and a certificate authority. All of it is containers in networks of their own:
 * nothing of this machine's network is changed, and nothing is left when they are removed.
 */
export class Ground {
  private constructor(
    private readonly site: Site,
    private readonly gateway: Dockerode.Container,
    readonly endpoints: Endpoints,
  ) {}

  /** Starts a ground; what an earlier one of the same number left is removed first. */
  static async start(site: Site): Promise<Ground> {
    await Ground.remove(site.docker, site.number);
    const gateway = await startGateway(site);
    const shared = { NetworkMode: `container:${gateway.id}` };
    const moto = ["python3", "-m", "moto.server", "--host", "0.0.0.0", "--port", `${ports.aws}`];
    await (await createPart(site, "aws", "aws", moto, shared)).start();
    const ground = await Ground.find(site);
    await answers(gateway, `http://127.0.0.1:${ports.aws}/moto-api/`);
    return ground;
  }

  /** The running ground of this number. */
  static async find(site: Site): Promise<Ground> {
    const gateway = site.docker.getContainer(containerName(site, "gateway"));
    const { NetworkSettings } = await gateway.inspect();
    const published = (port: number) => NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort;
    return new Ground(site, gateway, { aws: `http://127.0.0.1:${published(ports.aws)}` });
  }

  /** Removes everything of the ground of this number, whatever state it is in. */
  static async remove(docker: Dockerode, number: number): Promise<void> {
    const parts = await partsOf(docker, number);
    await Promise.all(parts.map(({ Id }) => removeContainer(docker.getContainer(Id))));
  }

  /** Launches a machine; it boots while this returns. */
  machine(options: MachineOptions): Promise<Machine> {
    return Machine.launch(this.site, this.gateway, (change) => this.tell(change), options);
  }

  stop(): Promise<void> {
    return Ground.remove(this.site.docker, this.site.number);
  }

  /** One change at a time, from however many processes. */
  private async tell(change: Change): Promise<void> {
    await run(this.gateway, ["flock", "/run/gateway.lock", "node", program, "change"], {
      env: { CHANGE: JSON.stringify(change) },
    });
  }
}

async function startGateway(site: Site): Promise<Dockerode.Container> {
  const exposed = [ports.aws, ports.acme, ports.acmeManagement].map((port) => `${port}/tcp`);
  const gateway = await createPart(
    site,
    "gateway",
    "gateway",
    ["node", program, "serve"],
    {
      NetworkMode: "bridge",
      CapAdd: ["NET_ADMIN"],
      PortBindings: Object.fromEntries(exposed.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: "" }]])),
      // It answers for every address that it has a way to.
      Sysctls: {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.conf.all.proxy_arp": "1",
        "net.ipv4.conf.all.rp_filter": "0",
      },
    },
    { ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])) },
  );
  await gateway.putArchive(tarArchive([{ path: program, content: await buildGateway(), mode: 0o644 }]), { path: "/" });
  await gateway.start();
  return gateway;
}

/** Asked from the gateway: where this machine has a port published, something takes connections before the service does. */
async function answers(gateway: Dockerode.Container, url: string): Promise<void> {
  const asking = `until curl --silent --fail --insecure --output /dev/null ${url}; do sleep 0.1; done`;
  const { code } = await execute(gateway, ["timeout", `${readySeconds}`, "sh", "-c", asking]);
  if (code !== 0) throw new Error(`${url} does not answer within ${readySeconds} s`);
}
