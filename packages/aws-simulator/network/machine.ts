import { setTimeout as pause } from "node:timers/promises";
import type Dockerode from "dockerode";
import { removeContainer } from "../../provider-kit/remove-container";
import { type ExecuteOptions, type Execution, execute, run } from "./containers";
import { containerName, labelsOf, type SimulatorInstance } from "./parts";
import type { Change } from "./reconciler";
import { addresses, interfaceOf, type MachineRecord, macOf, ports, resolverOf, routerOf } from "./state";
import { attach } from "./wiring";

/** Options for launching an instance. */
export interface MachineOptions extends Omit<MachineRecord, "userData"> {
  /** Docker image of the machine. */
  readonly image: string;
  /** User data, as plain text. */
  readonly userData: string;
  /** PEM certificates that the machine trusts in addition to Debian's. */
  readonly caCertificates?: string;
}

/**
 * Capabilities that systemd, cloud-init and Docker need and containers lack by default. `--privileged` would grant far
 * more.
 */
const capabilities = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "AUDIT_CONTROL", "SYSLOG", "MKNOD", "DAC_READ_SEARCH"];

/** Interface name on EC2 Nitro instances. */
const device = "ens5";

/** Environment variables that point the machine's services to the simulated AWS. */
const environment = { AWS_ENDPOINT_URL: `http://${addresses.services}:${ports.aws}` };

/** Result of a boot. */
export interface Boot {
  /** `running`, or `degraded` if units failed. */
  readonly system: string;
  readonly failedUnits: readonly string[];
  /** Status of cloud-init, such as `done`. */
  readonly cloudInit: string;
}

/** The simulator that a machine belongs to. */
export interface SimulatorNetwork {
  readonly slot: SimulatorInstance;
  readonly gateway: Dockerode.Container;
  /** Sends a change to the gateway. */
  readonly sendChange: (change: Change) => Promise<unknown>;
}

/**
 * A simulated EC2 instance: a container that boots systemd, runs cloud-init with its user data and has a Docker engine
 * inside.
 */
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

  /** Returns an existing machine. */
  static find(network: SimulatorNetwork, record: MachineRecord): Machine {
    return new Machine(network, network.slot.docker.getContainer(containerName(network.slot, record.name)), record);
  }

  get record(): MachineRecord {
    return this.known;
  }

  /** Container name, for example for `docker exec -it`. */
  get containerName(): string {
    return containerName(this.network.slot, this.known.name);
  }

  /** Boots the machine. It keeps its addresses and its disk. */
  async start(): Promise<void> {
    const { privateAddress: address, subnet, network } = this.known;
    await this.network.sendChange({ put: this.known });
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

  /** Shuts the machine down gracefully, as EC2 does, and kills it after the grace period. */
  async stop({ graceSeconds = 60 } = {}): Promise<void> {
    await this.container.stop({ t: graceSeconds });
  }

  /** Waits until the machine has powered off. @throws the end of the console output after the deadline */
  async poweredOff(deadlineSeconds: number): Promise<void> {
    const end = Date.now() + deadlineSeconds * 1000;
    while ((await this.container.inspect()).State.Running) {
      if (Date.now() > end)
        throw new Error(`${this.known.name} is not off after ${deadlineSeconds} s:\n${await this.tail()}`);
      await pause(250);
    }
  }

  /**
   * Saves the stopped machine as an image that others can boot from. The contents of its Docker engine are not
   * included.
   */
  async save(image: string): Promise<void> {
    const [repo, tag] = [image.slice(0, image.lastIndexOf(":")), image.slice(image.lastIndexOf(":") + 1)];
    await this.container.commit({ repo, tag });
  }

  async terminate(): Promise<void> {
    await removeContainer(this.container);
    await this.network.sendChange({ remove: this.known.name });
  }

  /** Changes the machine's record: its Elastic IP, security group rules, role, metadata hop limit or type. */
  async change(
    change: Partial<Pick<MachineRecord, "publicAddress" | "ingress" | "role" | "metadataHops" | "instanceType">>,
  ): Promise<void> {
    this.known = { ...this.known, ...change };
    await this.network.sendChange({ put: this.known });
  }

  /** Runs a command as root. @throws the command's output if it fails */
  run(command: readonly string[], options: ExecuteOptions = {}): Promise<string> {
    return run(this.container, command, { ...options, env: { ...environment, ...options.env } });
  }

  execute(command: readonly string[], options: ExecuteOptions = {}): Promise<Execution> {
    return execute(this.container, command, { ...options, env: { ...environment, ...options.env } });
  }

  /** Waits until systemd and cloud-init are done. @throws the end of the console output after the deadline */
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
        const found = `after ${deadlineSeconds} s, systemd of ${this.known.name} is ${system} and cloud-init is ${status}`;
        throw new Error(`${found}:\n${await this.tail()}`);
      }
      // The commands could not wait, because systemd isn't running yet.
      await pause(250);
    }
  }

  /**
   * Runs a command that waits by itself, with a timeout, and returns its output. Polling would take CPU time from the
   * boot.
   */
  private async waitedFor(command: readonly string[], end: number): Promise<string> {
    const seconds = Math.max(1, Math.ceil((end - Date.now()) / 1000));
    return (await this.execute(["timeout", `${seconds}`, ...command])).stdout.trim();
  }

  /** Returns the machine's console output. */
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
    // Gives the machine a console.
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
