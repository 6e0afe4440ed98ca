import { createHash, randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { type ArchivedFile, tarArchive } from "../../provider-kit/archive";
import { removeContainer } from "../../provider-kit/remove-container";
import { caRoot, issueCertificate } from "./certificate-authority";
import { run } from "./containers";
import type { SimulatorNetwork } from "./machine";
import { containerName, createPart, labelsOf } from "./parts";
import { type CacheRecord, interfaceOf, macOf, resolverOf, routerOf } from "./state";
import { attach } from "./wiring";

/** Options for creating a replication group. */
export interface CacheOptions extends CacheRecord {
  /** Docker image of Redis. */
  readonly image: string;
  /** AUTH tokens; several while a token is being rotated. */
  readonly password: string | readonly string[];
}

const folder = "/etc/redis/simulator";
const socket = "/data/admin.sock";

/**
 * Redis accepts only TLS, like ElastiCache with in-transit encryption. Data survives a restart, as it survives in
 * ElastiCache when a replica takes over.
 */
const configuration = `
bind 0.0.0.0
port 0
tls-port 6379
tls-cert-file ${folder}/server.pem
tls-key-file ${folder}/server.pem
tls-ca-cert-file ${folder}/root.pem
tls-auth-clients no
unixsocket ${socket}
aclfile ${folder}/users.acl
dir /data
save 60 1
`;

/** Commands that ElastiCache doesn't allow (its user guide, "supported and restricted commands"). */
const restricted = "acl bgrewriteaof bgsave config debug migrate module psync replicaof save shutdown slaveof sync";

/**
 * A simulated ElastiCache replication group with cluster mode disabled: one Redis with TLS and AUTH at a private
 * address, and the DNS name of its primary endpoint.
 */
export class Cache {
  private constructor(
    private readonly network: SimulatorNetwork,
    private readonly container: Dockerode.Container,
    readonly record: CacheRecord,
  ) {}

  static async create(network: SimulatorNetwork, { image, password, ...record }: CacheOptions): Promise<Cache> {
    const { slot, gateway } = network;
    const command = ["redis-server", `${folder}/redis.conf`];
    const container = await createPart(slot, "cache", record.name, command, {}, { Image: image });
    const files = {
      "redis.conf": configuration,
      "root.pem": await caRoot(gateway),
      "server.pem": await issueCertificate(gateway, record.endpoint),
      admin: randomBytes(32).toString("hex"),
    };
    await put(container, files);
    const cache = new Cache(network, container, record);
    await cache.putUsers(password, files.admin);
    await cache.start();
    return cache;
  }

  /** Returns an existing cache. */
  static find(network: SimulatorNetwork, record: CacheRecord): Cache {
    return new Cache(network, network.slot.docker.getContainer(containerName(network.slot, record.name)), record);
  }

  /** Starts the cache with its previous data and waits until it responds. */
  async start(): Promise<void> {
    const { privateAddress: address, subnet, network } = this.record;
    const { slot, gateway, sendChange } = this.network;
    await sendChange({ putCache: this.record });
    await this.container.start();
    const cable = {
      port: interfaceOf("machine", address),
      device: "eth0",
      mac: macOf(address),
      address: `${address}/${subnet.split("/")[1]}`,
      router: routerOf(subnet),
      server: resolverOf(network),
      networks: [network],
    };
    await attach(slot.docker, slot.image, { gateway, inside: this.container }, cable, labelsOf(slot, "cable"));
    await run(this.container, ["timeout", "30", "sh", "-c", `until test -S ${socket}; do sleep 0.1; done`]);
  }

  /** Stops the cache. Its name still resolves, but nothing responds at its address. */
  async stop(): Promise<void> {
    await this.container.stop({ t: 10 });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Replaces the accepted tokens. Existing connections stay open. */
  async authenticate(password: string | readonly string[]): Promise<void> {
    await this.putUsers(password, (await run(this.container, ["cat", `${folder}/admin`])).trim());
    await this.command("ACL", "LOAD");
  }

  /** Runs a Redis command as the administrator, who needs no token. */
  command(...words: readonly string[]): Promise<string> {
    const client = `REDISCLI_AUTH=$(cat ${folder}/admin) exec redis-cli -e -s ${socket} --user admin "$@"`;
    return run(this.container, ["sh", "-c", client, "sh", ...words]);
  }

  async remove(): Promise<void> {
    await removeContainer(this.container);
    await this.network.sendChange({ remove: this.record.name });
  }

  private async putUsers(password: string | readonly string[], admin: string): Promise<void> {
    const hashes = [password].flat().map(hashed).join(" ");
    const denied = restricted.split(" ").map((command) => `-${command}`);
    const users = [
      `user default on ${hashes} ~* &* +@all ${denied.join(" ")}`,
      `user admin on ${hashed(admin)} ~* &* +@all`,
    ];
    await put(this.container, { "users.acl": `${users.join("\n")}\n` });
  }
}

/** Writes files that are readable by every user, because only Redis runs in the container. */
async function put(container: Dockerode.Container, files: Readonly<Record<string, string>>): Promise<void> {
  const archived = Object.entries(files).map(
    ([name, content]): ArchivedFile => ({ path: `${folder}/${name}`, content, mode: 0o644 }),
  );
  await container.putArchive(tarArchive(archived), { path: "/" });
}

/** Returns a password's hash as an ACL file contains it (Redis's documentation, "ACL"). */
function hashed(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}
