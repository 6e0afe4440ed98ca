import { setTimeout as pause } from "node:timers/promises";
import type Dockerode from "dockerode";
import { type ExecuteOptions, type Execution, execute, removeContainer, run } from "./containers";
import { containerName, labelsOf, type SimulatorInstance } from "./parts";
import type { Change } from "./reconciler";
import { addresses, interfaceOf, type MachineRecord, macOf, ports, resolverOf, routerOf } from "./state";
import { attach } from "./wiring";

/** What an instance is launched with. */
export interface MachineOptions extends Omit<MachineRecord, "userData"> {
  /** Name of the machine's image. */
  readonly image: string;
  /** The text that EC2 would be given. */
  readonly userData: string;
  /** PEM certificates that the machine trusts beside Debian's. */
  readonly caCertificates?: string;
}

/** What systemd, cloud-init and Docker need and a container has not; `--privileged` gives far more. */
const capabilities = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "AUDIT_CONTROL", "SYSLOG", "MKNOD", "DAC_READ_SEARCH"];

/** The interface's name on EC2's Nitro instances. */
const device = "ens5";

/** What services of the machine find the simulated AWS by. */
const environment = { AWS_ENDPOINT_URL: `http://${addresses.services}:${ports.aws}` };

/** How a boot ended. */
export interface Boot {
  /** `running`, or `degraded` with units that failed. */
  readonly system: string;
  readonly failedUnits: readonly string[];
  /** cloud-init's own word, such as `done`. */
  readonly cloudInit: string;
}

/** What a machine is part of. */
export interface SimulatorNetwork {
  readonly slot: SimulatorInstance;
  readonly gateway: Dockerode.Container;
  /** Makes the gateway know a change. */
  readonly tell: (change: Change) => Promise<unknown>;
}

/** A simulated EC2 instance: a container that boots systemd, runs cloud-init with its user data and has its own Docker. */
export class Machine {
  private constructor(
    private readonly network: SimulatorNetwork,
    private readonly container: Dockerode.Container,
    private known: MachineRecord,
  ) {}

  static async launch(
    network: SimulatorNetwork,
    { image, caCertificates = "", userData, ...options }: MachineOptions,
  ): Promise<Machine> {
    const known: MachineRecord = { ...options, userData: Buffer.from(userData).toString("base64") };
    const container = await network.slot.docker.createContainer(
      containerOptions(network.slot, image, caCertificates, known),
    );
    const machine = new Machine(network, container, known);
    await machine.start();
    return machine;
  }

  /** One that is there. */
  static find(network: SimulatorNetwork, record: MachineRecord): Machine {
    return new Machine(network, network.slot.docker.getContainer(containerName(network.slot, record.name)), record);
  }

  get record(): MachineRecord {
    return this.known;
  }

  /** The container's name, for `docker exec -it` by hand. */
  get containerName(): string {
    return containerName(this.network.slot, this.known.name);
  }

  /** Boots it. Its addresses and its disk are those it had. */
  async start(): Promise<void> {
    const { privateAddress: address, subnet, network } = this.known;
    await this.network.tell({ put: this.known });
    await this.container.start();
    const cable = {
      port: interfaceOf("machine", address),
      device,
      mac: macOf(address),
      address: `${address}/${subnet.split("/")[1]}`,
      router: routerOf(subnet),
      server: resolverOf(network),
      networks: [network],
    };
    const { slot, gateway } = this.network;
    await attach(slot.docker, slot.image, { gateway, inside: this.container }, cable, labelsOf(slot, "cable"));
  }

  /** Shuts it down in order, as EC2 does, or takes its power. */
  async stop({ graceSeconds = 60 } = {}): Promise<void> {
    await this.container.stop({ t: graceSeconds });
  }

  /** Waits until it has powered itself off. @throws with the console's end after the deadline */
  async poweredOff(deadlineSeconds: number): Promise<void> {
    const end = Date.now() + deadlineSeconds * 1000;
    while ((await this.container.inspect()).State.Running) {
      if (Date.now() > end)
        throw new Error(`${this.known.name} is not off after ${deadlineSeconds} s:\n${await this.tail()}`);
      await pause(250);
    }
  }

  /** Makes an image of the stopped machine, for others to boot from. What its Docker holds does not go with it. */
  async save(image: string): Promise<void> {
    const [repo, tag] = [image.slice(0, image.lastIndexOf(":")), image.slice(image.lastIndexOf(":") + 1)];
    await this.container.commit({ repo, tag });
  }

  async terminate(): Promise<void> {
    await removeContainer(this.container);
    await this.network.tell({ remove: this.known.name });
  }

  /** Changes what the world around it knows of it: its Elastic IP, its security group, its role, its type. */
  async change(
    change: Partial<Pick<MachineRecord, "publicAddress" | "ingress" | "role" | "metadataHops" | "instanceType">>,
  ): Promise<void> {
    this.known = { ...this.known, ...change };
    await this.network.tell({ put: this.known });
  }

  /** Runs a command as root. @throws what it said where it failed */
  run(command: readonly string[], options: ExecuteOptions = {}): Promise<string> {
    return run(this.container, command, { ...options, env: { ...environment, ...options.env } });
  }

  execute(command: readonly string[], options: ExecuteOptions = {}): Promise<Execution> {
    return execute(this.container, command, { ...options, env: { ...environment, ...options.env } });
  }

  /** Waits until systemd and cloud-init have nothing more to do. @throws with the console's end after the deadline */
  async booted(deadlineSeconds = 120): Promise<Boot> {
    const end = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      const [system, cloudInit] = await Promise.all([
        this.waitedFor(["systemctl", "is-system-running", "--wait"], end),
        this.waitedFor(["cloud-init", "status", "--wait"], end),
      ]);
      const status = /^status: (.*)$/m.exec(cloudInit)?.[1] ?? "unknown";
      if (["running", "degraded"].includes(system) && !["not started", "running", "unknown"].includes(status)) {
        return { system, cloudInit: status, failedUnits: await this.failedUnits() };
      }
      if (Date.now() > end) {
        const found = `${this.known.name} is ${system}, cloud-init ${status} after ${deadlineSeconds} s`;
        throw new Error(`${found}:\n${await this.tail()}`);
      }
      // Before there is a systemd that could be asked.
      await pause(250);
    }
  }

  /** What a command says that waits itself: to ask again and again would take the processor that the boot needs. */
  private async waitedFor(command: readonly string[], end: number): Promise<string> {
    const seconds = Math.max(1, Math.ceil((end - Date.now()) / 1000));
    return (await this.execute(["timeout", `${seconds}`, ...command])).stdout.trim();
  }

  /** What it wrote to its console. */
  async console(): Promise<string> {
    const logs = await this.container.logs({ stdout: true, stderr: true, follow: false });
    return logs.toString("utf8");
  }

  private async tail(): Promise<string> {
    return (await this.console()).trimEnd().split("\n").slice(-20).join("\n");
  }

  private async failedUnits(): Promise<string[]> {
    const units = await this.run(["systemctl", "list-units", "--failed", "--plain", "--no-legend"]);
    return units.split("\n").flatMap((line) => line.split(" ")[0] || []);
  }
}

function containerOptions(
  slot: SimulatorInstance,
  image: string,
  caCertificates: string,
  machine: MachineRecord,
): Dockerode.ContainerCreateOptions {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return {
    name: containerName(slot, machine.name),
    Hostname: `ip-${machine.privateAddress.replaceAll(".", "-")}`,
    Image: image,
    // The console.
    Tty: true,
    Env: [
      `ENVIRONMENT=${variables.join("\n")}`,
      `AUTHORITIES=${caCertificates}`,
      `RESOLVER=${resolverOf(machine.network)}`,
    ],
    Labels: labelsOf(slot, "machine"),
    Volumes: { "/var/lib/docker": {} },
    HostConfig: {
      NetworkMode: "none",
      ...{ CgroupnsMode: "private" },
      CapAdd: capabilities,
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
      Tmpfs: { "/run": "exec,mode=0755", "/tmp": "exec,mode=1777" },
    },
  };
}
