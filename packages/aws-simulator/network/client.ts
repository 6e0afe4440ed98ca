import type Dockerode from "dockerode";
import { type ExecuteOptions, type Execution, execute, run } from "./containers";
import { containerName, createPart, labelsOf, type SimulatorInstance, type SimulatorSlot } from "./parts";
import { addresses, interfaceOf, macOf } from "./state";
import { attach } from "./wiring";

/** Programs read the name server from the machine's file: this one alone sees another. */
const outside = [
  "mount -t tmpfs tmpfs /mnt",
  `echo 'nameserver ${addresses.internetRouter}' > /mnt/resolv.conf`,
  "mount --bind /mnt/resolv.conf /etc/resolv.conf",
  // Else some distributions ask a resolver of the machine's, by its socket.
  "echo 'hosts: files dns' > /mnt/nsswitch.conf",
  "{ [ ! -e /etc/nsswitch.conf ] || mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf; }",
  "umount --lazy /mnt",
  'exec "$@"',
].join(" && ");

/** Someone outside AWS: a network namespace with an address of its own, which Elastic IPs see. */
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

  /** Runs a command of the simulator's image (curl, Node.js, Python) outside. @throws what it said where it failed */
  run(command: readonly string[], options?: ExecuteOptions): Promise<string> {
    return run(this.container, command, options);
  }

  execute(command: readonly string[], options?: ExecuteOptions): Promise<Execution> {
    return execute(this.container, command, options);
  }

  /**
   * A command of this machine as it is run outside: its files and programs, the client's network and name server. Takes
   * root on a Linux machine that the engine runs on.
   */
  async command(command: readonly string[]): Promise<readonly [string, ...string[]]> {
    const { Pid: pid } = (await this.container.inspect()).State;
    return ["nsenter", "--target", `${pid}`, "--net", "unshare", "--mount", "sh", "-c", outside, "sh", ...command];
  }
}
