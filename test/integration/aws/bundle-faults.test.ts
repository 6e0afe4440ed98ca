import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../../../templates/node/bundle";
import { groundSuite } from "../../support/ground-suite";
import { TestNode } from "../../support/test-node";

jest.setTimeout(900_000);

let node: TestNode;

/** The node's bundle with one passage of one file replaced. */
function changed(path: string, passage: string, replacement: string): Bundle {
  const bundle = node.bundle();
  const text = bundle[path] ?? "";
  if (!text.includes(passage)) throw new Error(`${path} has no "${passage}"`);
  return { ...bundle, [path]: text.replace(passage, replacement) };
}

/** A file on the machine. */
const read = (path: string) => node.machine.run(["cat", path]);

groundSuite("a bundle that can't be taken up, or only half-way", () => {
  beforeAll(async () => {
    node = await TestNode.launch(27);
    const { exitCode, all } = await node.apply();
    if (exitCode !== 0) throw new Error(all);
  });

  afterAll(() => node?.remove());

  test.each([
    ["nginx", "stack/nginx/nginx.conf", "worker_processes auto", "worker_processes lots", /worker_processes/],
    ["LiveKit", "stack/livekit/livekit.yaml", "node_ip", "nod_ip", /nod_ip/],
    ["Coturn", "stack/coturn/turnserver.conf", "fingerprint", "fingerprunt", /fingerprunt/],
    ["Redis", "stack/livekit-redis/redis.conf", "appendonly no", "appendonly perhaps", /appendonly perhaps/],
    ["Compose", "stack/compose.yaml", "read_only", "red_only", /red_only/],
    ["nftables", "system/etc/nftables.conf", "policy drop", "policy perhaps", /perhaps/],
    ["Docker", "system/etc/docker/daemon.json", "live-restore", "live-restor", /live-restor/],
  ])(
    "what %s does not take is refused with its own words, and nothing is touched",
    async (_, path, passage, wrong, said) => {
      const [processes, files] = [await node.processes(), await digests()];
      const { exitCode, all } = await node.apply(changed(path, passage, wrong));
      expect([exitCode, all]).toEqual([1, expect.stringContaining("refused")]);
      expect(all).toMatch(said);
      expect([await node.processes(), await digests()]).toEqual([processes, files]);
    },
  );

  test("a LiveKit that does not become healthy gives way to the one before", async () => {
    const before = await node.processes();
    const { exitCode, all } = await node.apply(
      changed("stack/livekit/livekit.yaml", "address: redis:6379", "address: redis:6380"),
    );
    expect([exitCode, all]).toEqual([1, expect.stringContaining("The bundle before it serves again.")]);
    expect(all).toMatch(/unable to connect to redis/);
    const { "lk-livekit": livekit, ...others } = await node.processes();
    const { "lk-livekit": livekitBefore, ...othersBefore } = before;
    expect(others).toEqual(othersBefore);
    expect(livekit).not.toBe(livekitBefore);
    expect((await node.smoke("--paths", "udp")).exitCode).toBe(0);
  });

  test("a program that is killed half-way is run again, and ends what it began", async () => {
    const asked = node.apply(node.bundle({ room: { maxParticipants: 41 } }));
    const killed = killWhileStarting();
    const { exitCode, all } = await asked;
    expect([await killed, exitCode, all]).toEqual([true, 0, expect.stringContaining("healthy")]);
    expect(await read("/var/lib/livekit/stack/livekit/livekit.yaml")).toContain("max_participants: 41");
  });

  test("a node goes back to the bundle before, and no further when its program starts again", async () => {
    expect((await node.apply()).exitCode).toBe(0);
    expect((await node.ask("rollback")).exitCode).toBe(0);
    const livekit = () => read("/var/lib/livekit/stack/livekit/livekit.yaml");
    expect(await livekit()).toContain("max_participants: 41");
    await node.machine.run(["systemctl", "restart", "livekit-node"]);
    await sleep(8000);
    expect(await livekit()).toContain("max_participants: 41");
    expect((await node.apply()).exitCode).toBe(0);
    expect(await livekit()).not.toContain("max_participants");
  });

  test("Redis takes a new password as it runs, and the former no more", async () => {
    const before = await node.processes();
    const former = node.secrets.redisPassword;
    const redisPassword = "rotated-redis-password-0123456789ab";
    await node.changeSecrets({ ...node.secrets, redisPassword });
    expect((await node.apply()).exitCode).toBe(0);
    expect((await node.processes())["lk-livekit-redis"]).toBe(before["lk-livekit-redis"]);
    const ping = (password: string) =>
      node.machine.run(["docker", "exec", "-e", `REDISCLI_AUTH=${password}`, "lk-livekit-redis", "redis-cli", "ping"]);
    expect(await ping(redisPassword)).toContain("PONG");
    expect(await ping(former)).toContain("NOAUTH");
  });
});

/** Digests of what the node serves and of the machine's own files. */
function digests(): Promise<string> {
  const paths =
    "/var/lib/livekit/stack /etc/nftables.conf /etc/docker /etc/sysctl.d /etc/systemd/system/livekit.service";
  return node.machine.run(["sh", "-c", `find ${paths} -type f | sort | xargs sha256sum`]);
}

/** Kills the node's program while LiveKit's new container proves itself. Whether it met it. */
async function killWhileStarting(): Promise<boolean> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const script = `docker inspect --format '{{.State.Health.Status}}' lk-livekit | grep -q starting && pgrep -f '[a]gent apply'`;
    const found = await node.machine.run(["sh", "-c", `${script} || true`]);
    const [program] = found.trim().split("\n");
    if (program) {
      await node.machine.run(["kill", "-KILL", program]);
      return true;
    }
    await sleep(100);
  }
  return false;
}
