import { eventually } from "../../../../support/eventually";
import type { TestNode } from "../../../../support/test-node";
import { metadata } from "./secrets";

interface Inspected {
  readonly Name: string;
  readonly State: { readonly Pid: number };
  readonly Config: { readonly User: string; readonly Image: string };
  readonly HostConfig: {
    readonly CapAdd: readonly string[] | null;
    readonly NetworkMode: string;
    readonly LogConfig: { readonly Config: object };
  };
  readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly RW: boolean }[];
}

/** Curl's exit code for a timeout. */
const timedOut = 28;
const nobody = 65_534;

/** Each service's user and capabilities. Coturn's binary has one file capability, without which it does not start. */
const services: Readonly<Record<string, { readonly user: string; readonly capabilities: readonly string[] }>> = {
  "/lk-coturn": { user: "65534:0", capabilities: ["NET_BIND_SERVICE"] },
  "/lk-livekit": { user: "65532:0", capabilities: [] },
  "/lk-livekit-redis": { user: "999:0", capabilities: [] },
  "/lk-nginx": { user: "65534:0", capabilities: [] },
};

/** Tests that the machine has no logins, that only root can use its role, and that its services have few privileges. */
export function machineControls(context: () => TestNode): void {
  const run = (...command: string[]) => context().machine.run(command);

  async function containers(): Promise<Inspected[]> {
    return JSON.parse(await run("sh", "-c", "docker inspect $(docker ps --quiet)"));
  }

  test("the SSH service and its socket are masked and inactive", async () => {
    for (const unit of ["ssh.service", "ssh.socket"]) {
      const { stdout } = await context().machine.execute(["systemctl", "is-enabled", unit]);
      expect([unit, stdout.trim()]).toEqual([unit, "masked"]);
      const active = await context().machine.execute(["systemctl", "is-active", unit]);
      expect([unit, active.stdout.trim()]).toEqual([unit, "inactive"]);
    }
  });

  test("the metadata service answers root and no other user", async () => {
    const ask = metadata("meta-data/instance-id");
    expect(await run("sh", "-c", ask)).toBe(context().machine.record.instanceId);
    const identity = [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
    expect(await context().machine.execute(["setpriv", ...identity, "sh", "-c", ask])).toMatchObject({
      code: timedOut,
      stdout: "",
    });
  });

  test("the metadata service answers no container, even if the container runs as root on a Docker network", async () => {
    const ask = metadata("meta-data/instance-id");
    const clients = (await containers()).flatMap(({ Name, State, Config, HostConfig }) => {
      const [user = "", group = ""] = Config.User.split(":");
      const users = [[user, group], ...(HostConfig.NetworkMode === "host" ? [] : [["0", "0"]])];
      return users.map(([uid, gid]) => ({ Name, pid: State.Pid, uid, gid }));
    });
    // All requests time out, so they run concurrently.
    const answers = clients.map(async ({ Name, pid, uid, gid }) => {
      // The images contain no HTTP client, so the machine's HTTP client runs in the service's network as the service's
      // user.
      const inside = ["nsenter", "--target", `${pid}`, "--net", "--setuid", `${uid}`, "--setgid", `${gid}`];
      const { code, stdout } = await context().machine.execute([...inside, "sh", "-c", ask]);
      return [Name, uid, code, stdout];
    });
    expect(await Promise.all(answers)).toEqual(clients.map(({ Name, uid }) => [Name, uid, timedOut, ""]));
  });

  test("every container has a read-only root, minimal capabilities and a read-only mount of only its own files", async () => {
    const running = await containers();
    expect(running.map(({ Name }) => Name).toSorted()).toEqual(Object.keys(services));
    for (const { Name, Config, HostConfig, Mounts } of running) {
      const { user, capabilities } = services[Name] ?? {};
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"], PidMode: "" });
      expect(HostConfig).toMatchObject({ SecurityOpt: expect.arrayContaining(["no-new-privileges:true"]) });
      expect([Name, Config.User, HostConfig.CapAdd ?? []]).toEqual([Name, user, capabilities]);
      expect(HostConfig.LogConfig.Config).toEqual({ "max-size": "10m", "max-file": "3" });
      expect(Config.Image).not.toMatch(/:latest$|^[^:]*$/);
      // The only bind mount is the service's own folder, read-only.
      const binds = Mounts.filter(({ Type }) => Type !== "volume");
      const folder = `/var/lib/livekit/stack/${Name.slice("/lk-".length)}`;
      expect(binds.map(({ Source, RW }) => [Source, RW])).toEqual([[folder, false]]);
    }
  });

  test("the kernel limits every service to its user and capabilities", async () => {
    for (const { Name, State } of await containers()) {
      const { user = "", capabilities = [] } = services[Name] ?? {};
      const status = await run("cat", `/proc/${State.Pid}/status`);
      const field = (name: string) => new RegExp(`^${name}:\\s*(\\S.*)$`, "m").exec(status)?.[1];
      expect([Name, field("Uid")]).toEqual([Name, Array(4).fill(user.split(":")[0]).join("\t")]);
      // NET_BIND_SERVICE is bit 10 of the kernel's masks, and the only capability granted.
      expect([Name, BigInt(`0x${field("CapBnd")}`)]).toEqual([Name, capabilities.length > 0 ? 1n << 10n : 0n]);
      expect([Name, field("NoNewPrivs")]).toEqual([Name, "1"]);
    }
  });

  test("Docker's live-restore is on, and its daemon listens on no TCP port", async () => {
    expect((await run("docker", "info", "--format", "{{.LiveRestoreEnabled}}")).trim()).toBe("true");
    expect(await run("ss", "--listening", "--tcp", "--processes", "--no-header")).not.toContain('"dockerd"');
  });

  test("security upgrades install by themselves and never restart the machine", async () => {
    const options = await run("apt-config", "dump");
    expect(options).toContain('APT::Periodic::Update-Package-Lists "1";');
    expect(options).toContain('APT::Periodic::Unattended-Upgrade "1";');
    expect(options).toContain('Unattended-Upgrade::Automatic-Reboot "false";');
    expect(options).toMatch(/Unattended-Upgrade::Origins-Pattern:: .*label=Debian-Security/);
    for (const unit of ["apt-daily.timer", "apt-daily-upgrade.timer"]) {
      expect([unit, (await run("systemctl", "is-enabled", unit)).trim()]).toEqual([unit, "enabled"]);
    }
  });

  // A container such as this machine cannot set the clock, and Debian's chrony unit does not start without that
  // permission. So the test starts chronyd with `-x`: it reads the same files but does not set the clock.
  test("chrony is enabled at boot and uses the Amazon Time Sync Service", async () => {
    expect((await run("systemctl", "is-enabled", "chrony.service")).trim()).toBe("enabled");
    await run("sh", "-c", "systemctl is-active --quiet chrony || systemd-run --unit=clock chronyd -x -d");
    try {
      await eventually(async () => {
        expect(await run("chronyc", "-n", "-c", "sources")).toMatch(/^\^,.,169\.254\.169\.123,/m);
      }, 10_000);
    } finally {
      await context().machine.execute(["systemctl", "stop", "clock"]);
    }
  });

  // The file's other sysctls, net.core.* and kernel.*, belong to the whole kernel. A container such as this machine
  // cannot set them; on EC2 the machine has its own kernel.
  test("the sysctls of the bundle are active in the machine's network namespace", async () => {
    const file = context().bundle()["system/etc/sysctl.d/60-livekit.conf"] ?? "";
    const wanted = file.split("\n").flatMap((line) => {
      const [name = "", value = ""] = line.split(" = ");
      return name.startsWith("net.ipv4.") ? [{ name, value }] : [];
    });
    expect(wanted.length).toBeGreaterThanOrEqual(4);
    for (const { name, value } of wanted) {
      const found = (await run("sysctl", "--values", name)).trim();
      expect([name, expand(found)]).toEqual([name, expand(value)]);
    }
  });
}

/** Expands a list of ports and port ranges into single ports. The kernel prints consecutive ports as a range. */
function expand(list: string): number[] {
  return list.split(",").flatMap((each) => {
    const [first = 0, last = first] = each.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
