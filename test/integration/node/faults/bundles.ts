import { eventually } from "../../../support/eventually";
import type { TestNode } from "../../../support/test-node";
import { changed, converged, digest, live, paths, serves } from "./tools";

const mebibyte = 1024 * 1024;

/** Tests of bundles that cannot be applied, that are interrupted, or that are rolled back. */
export function bundleErrors(context: () => TestNode): void {
  test.each([
    ["nginx", "stack/nginx/nginx.conf", "worker_processes auto", "worker_processes lots", /worker_processes/],
    ["LiveKit", "stack/livekit/livekit.yaml", "node_ip", "nod_ip", /nod_ip/],
    ["Coturn", "stack/coturn/turnserver.conf", "fingerprint", "fingerprunt", /fingerprunt/],
    ["Redis", "stack/livekit-redis/redis.conf", "appendonly no", "appendonly perhaps", /appendonly perhaps/],
    ["Compose", "stack/compose.yaml", "read_only", "red_only", /red_only/],
    ["nftables", "system/etc/nftables.conf", "policy drop", "policy perhaps", /perhaps/],
    ["Docker", "system/etc/docker/daemon.json", "live-restore", "live-restor", /live-restor/],
  ])(
    "the node rejects a bundle that %s does not accept, reports the program's error message and changes nothing",
    async (_, path, passage, wrong, said) => {
      const [processes, files] = [await context().processes(), await digests(context())];
      const { exitCode, all } = await context().apply(changed(context().bundle(), path, passage, wrong));
      expect([exitCode, all]).toEqual([1, expect.stringContaining("refused")]);
      expect(all).toMatch(said);
      expect([await context().processes(), await digests(context())]).toEqual([processes, files]);
    },
  );

  test("the node rolls back to the previous bundle if LiveKit does not become healthy", async () => {
    const before = await context().processes();
    const { exitCode, all } = await context().apply(
      changed(context().bundle(), paths.livekit, "address: redis:6379", "address: redis:6380"),
    );
    expect([exitCode, all]).toEqual([1, expect.stringContaining("The bundle before it serves again.")]);
    expect(all).toMatch(/unable to connect to redis/);
    const { "lk-livekit": livekit, ...others } = await context().processes();
    const { "lk-livekit": livekitBefore, ...othersBefore } = before;
    expect(others).toEqual(othersBefore);
    expect(livekit).not.toBe(livekitBefore);
    expect((await context().smoke("--paths", "udp")).exitCode).toBe(0);
  });

  test("the node agent finishes an apply after it was killed half-way", async () => {
    const applied = context().apply(context().bundle({ room: { maxParticipants: 41 } }));
    const [{ exitCode, all }] = await Promise.all([applied, killWhileStarting(context())]);
    expect([exitCode, all]).toEqual([0, expect.stringContaining("healthy")]);
    expect(await live(context(), "livekit/livekit.yaml")).toContain("max_participants: 41");
  });

  test("a rollback restores the previous bundle, and a restart of the node agent does not roll back again", async () => {
    expect((await context().apply()).exitCode).toBe(0);
    expect((await context().ask("rollback")).exitCode).toBe(0);
    const livekit = () => live(context(), "livekit/livekit.yaml");
    expect(await livekit()).toContain("max_participants: 41");
    await context().machine.run(["systemctl", "restart", "livekit-node"]);
    // After its restart the node agent reads the last request, the rollback, and executes it again.
    await converged(context());
    expect(await livekit()).toContain("max_participants: 41");
    expect((await context().apply()).exitCode).toBe(0);
    expect(await livekit()).not.toContain("max_participants");
  });

  test("Redis accepts a new password without a restart and rejects the previous one", async () => {
    const before = await context().processes();
    const former = context().secrets.redisPassword;
    const redisPassword = "rotated-redis-password-0123456789ab";
    await context().changeSecrets({ ...context().secrets, redisPassword });
    expect((await context().apply()).exitCode).toBe(0);
    expect((await context().processes())["lk-livekit-redis"]).toBe(before["lk-livekit-redis"]);
    const ping = (password: string) =>
      context().machine.run([
        "docker",
        "exec",
        "-e",
        `REDISCLI_AUTH=${password}`,
        "lk-livekit-redis",
        "redis-cli",
        "ping",
      ]);
    expect(await ping(redisPassword)).toContain("PONG");
    expect(await ping(former)).toContain("NOAUTH");
  });

  test("an apply waits for a bundle that S3 does not have yet, until another request arrives", async () => {
    const never = { bundle: "never", sha256: "0".repeat(64), secrets: "" };
    const { exitCode, all } = await context().ask("apply", never, 12);
    expect([exitCode, all]).toEqual([1, expect.stringContaining("not become healthy within 12 s")]);
    expect(all).toMatch(/S3 did not return bundles\/euc1-1\.json in version never: .*NoSuchVersion/);
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
  });

  test("a rollback restores the previous bundle, and the systemd journal respects the bundle's size limit", async () => {
    const megabytes = 24;
    const withNginx = changed(context().bundle(), paths.nginx, /^/, "# another\n");
    const another = changed(withNginx, paths.journal, /SystemMaxUse=.*/, `SystemMaxUse=${megabytes}M`);
    expect(await context().apply(another)).toMatchObject({ exitCode: 0 });
    expect(await live(context(), "nginx/nginx.conf")).toContain("# another");
    await floodJournal(context(), 4 * megabytes);
    const kept = await journalMebibytes(context());
    expect(kept).toBeGreaterThan(megabytes / 2);
    expect(kept).toBeLessThanOrEqual(megabytes);

    expect(await context().ask("rollback")).toMatchObject({ exitCode: 0, all: expect.stringContaining("healthy") });
    expect(await context().report()).toMatchObject({ status: "healthy", bundle: digest(context().bundle()) });
    expect(await live(context(), "nginx/nginx.conf")).not.toContain("# another");
    expect(await context().machine.run(["cat", `/${paths.journal.slice("system/".length)}`])).toContain(
      "SystemMaxUse=500M",
    );
    await serves(context());
  });
}

/** Returns digests of the services' files and of the machine's configuration files. */
function digests({ machine }: TestNode): Promise<string> {
  const paths =
    "/var/lib/livekit/stack /etc/nftables.conf /etc/docker /etc/sysctl.d /etc/systemd/system/livekit.service";
  return machine.run(["sh", "-c", `find ${paths} -type f | sort | xargs sha256sum`]);
}

/** Kills the node's program before LiveKit's new container is healthy. */
function killWhileStarting({ machine }: TestNode): Promise<string> {
  const starting = "docker inspect --format '{{.State.Health.Status}}' lk-livekit | grep -q starting";
  const kill = ["sh", "-c", `${starting} && pkill -KILL --oldest -f '[a]gent apply'`];
  return eventually(() => machine.run(kill));
}

/** Writes few long lines, because the journal limits the number of messages but not their size. */
async function floodJournal({ machine }: TestNode, mebibytes: number): Promise<void> {
  const flood = `base64 --wrap 40000 /dev/urandom | head --bytes ${mebibytes * mebibyte} | systemd-cat --identifier flood`;
  await machine.run(["sh", "-c", flood]);
  await machine.run(["journalctl", "--sync"]);
}

async function journalMebibytes({ machine }: TestNode): Promise<number> {
  const bytes = await machine.run(["du", "--summarize", "--bytes", "/var/log/journal"]);
  return Number(bytes.split("\t")[0]) / mebibyte;
}
