import type Dockerode from "dockerode";
import { type ExecuteOptions, type Execution, execute, run } from "./containers";
import { containerName, createPart, labelsOf, type SimulatorInstance, type SimulatorSlot } from "./parts";
import { addresses, interfaceOf, macOf } from "./state";
import { attach } from "./wiring";

/** Runs a command in a mount namespace whose resolv.conf names the simulator's name server. */
const outside = [
  "mount -t tmpfs tmpfs /mnt",
  `echo 'nameserver ${addresses.internetRouter}' > /mnt/resolv.conf`,
  "mount --bind /mnt/resolv.conf /etc/resolv.conf",
  // On some distributions, name lookups first go to the host's resolver over a Unix socket, and would bypass
  // resolv.conf.
  "echo 'hosts: files dns' > /mnt/nsswitch.conf",
  "{ [ ! -e /etc/nsswitch.conf ] || mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf; }",
  "umount --lazy /mnt",
  'exec "$@"',
].join(" && ");

/**
 * A client outside AWS: a network namespace with its own address. Machines with an Elastic IP receive packets from this
 * address.
 */
export class Client {
  private constructor(
    private readonly container: Dockerode.Container,
    readonly address: string,
  ) {}

  static async start(
    slot: SimulatorInstance,
    gateway: Dockerode.Container,
    name: string,
    address: string,
  ): Promise<Client> {
    const container = await createPart(slot, "client", name, ["sleep", "infinity"], {
      Dns: [addresses.internetRouter],
    });
    await container.start();
    const cable = {
      port: interfaceOf("client", address),
      device: "eth0",
      mac: macOf(address),
      address: `${address}/${addresses.internet.split("/")[1]}`,
      router: addresses.internetRouter,
      server: addresses.internetRouter,
      networks: [],
    };
    await attach(slot.docker, slot.image, { gateway, inside: container }, cable, labelsOf(slot, "cable"));
    return new Client(container, address);
  }

  static find(slot: SimulatorSlot, name: string, address: string): Client {
    return new Client(slot.docker.getContainer(containerName(slot, name)), address);
  }

  /**
   * Runs a command of the simulator's image (curl, Node.js, Python) as the external client. @throws the command's
   * output if it fails
   */
  run(command: readonly string[], options?: ExecuteOptions): Promise<string> {
    return run(this.container, command, options);
  }

  execute(command: readonly string[], options?: ExecuteOptions): Promise<Execution> {
    return execute(this.container, command, options);
  }

  /**
   * Wraps a command of the host to run as the external client. The command uses the host's files and programs, but the
   * client's network and name server. Requires root on a Linux host that also runs the Docker engine.
   */
  async command(command: readonly string[]): Promise<readonly [string, ...string[]]> {
    const { Pid: pid } = (await this.container.inspect()).State;
    return ["nsenter", "--target", `${pid}`, "--net", "unshare", "--mount", "sh", "-c", outside, "sh", ...command];
  }
}
