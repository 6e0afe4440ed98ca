import { logLimits } from "../../../../model/service";
import { nodePaths } from "../../../../templates/node/paths";
import { eventually } from "../../../support/eventually";
import type { TestNode } from "../../../support/test-node";
import { changed, converged, digest, healthy, journal, lines, logged, paths, serials, serves, services } from "./tools";

/** Tests of machine failures from which the node recovers by itself. */
export function machineErrors(context: () => TestNode): void {
  const onMachine = (...command: readonly string[]) => context().machine.run(command);

  test("Docker limits the log size of every container", async () => {
    const caps = await onMachine("docker", "inspect", "--format", "{{json .HostConfig.LogConfig}}", ...services);
    const here = { "cache-max-size": logLimits["max-size"], "cache-max-file": logLimits["max-file"] };
    for (const cap of lines(caps)) {
      expect(JSON.parse(cap)).toEqual({ Type: "awslogs", Config: expect.objectContaining(here) });
    }
  });

  test("calls survive a restart of Docker", async () => {
    const before = await context().processes();
    await onMachine("systemctl", "restart", "docker");
    await healthy(context());
    expect(await context().processes()).toEqual(before);
    await serves(context());
  });

  test("a killed service restarts by itself", async () => {
    const before = await context().processes();
    for (const name of services) await onMachine("kill", "-KILL", `${before[name]}`);
    await eventually(async () => {
      const now = await context().processes();
      for (const name of services) expect([name, now[name] ?? before[name]]).not.toEqual([name, before[name]]);
    });
    await serves(context());
  });

  test("an apply recreates a removed Redis container and restarts no other service", async () => {
    const before = await context().processes();
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
    const now = await context().processes();
    expect(now).toEqual({ ...before, "lk-livekit-redis": expect.any(Number) });
    expect(now["lk-livekit-redis"]).not.toBe(before["lk-livekit-redis"]);
    await serves(context());
  });

  test("maintenance waits for calls to end, upgrades and restarts the machine, and keeps the certificate", async () => {
    const began = () => onMachine("systemctl", "show", "--property", "UserspaceTimestampMonotonic");
    const before = { began: await began(), serials: await serials(context()) };
    const call = await context().holdCall("udp");
    const requested = context().ask("maintain");
    await eventually(async () => expect((await context().report())?.phase).toBe("draining"));
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    const { exitCode, all } = await requested;
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/upgrading[\s\S]*restarting the machine[\s\S]*healthy/)]);
    expect(await context().machine.booted()).toMatchObject({ system: "running" });
    expect(await began()).not.toBe(before.began);
    expect(await serials(context())).toEqual(before.serials);
    await serves(context());
  });

  test("a node whose Redis container is missing boots and serves while AWS is unavailable", async () => {
    const before = await serials(context());
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    await context().machine.stop();
    await context().simulator.cut("aws");
    const since = Date.now();
    try {
      await context().machine.start();
      await serves(context());
      expect(await serials(context())).toEqual(before);
      await eventually(async () =>
        expect(await journal(context(), "livekit-node")).toContain("failed, and tries again"),
      );
    } finally {
      await context().simulator.restore("aws");
    }
    const processes = await context().processes();
    await converged(context());
    await logged(context(), since);
    expect(await context().processes()).toEqual(processes);
  });

  test("the next boot finishes an apply that a power loss interrupted", async () => {
    const another = changed(context().bundle(), paths.livekit, /^/, "# another\n");
    const requested = context().apply(another);
    await eventually(() => onMachine("test", "-d", `${nodePaths.stack}/../before`));
    await context().machine.stop({ graceSeconds: 0 });
    await context().machine.start();
    expect(await requested).toMatchObject({ exitCode: 0, all: expect.stringContaining("healthy") });
    expect(await context().report()).toMatchObject({ status: "healthy", bundle: digest(another) });
    await serves(context());
  });

  test("an apply fails on a full disk without affecting services, and succeeds once there is space", async () => {
    // Applies the normal bundle, because a previous test left another one active.
    expect(await context().apply()).toMatchObject({ exitCode: 0 });
    const before = await context().processes();
    const folder = "/var/lib/livekit";
    // A small tmpfs on this folder makes only this folder run out of space.
    await onMachine(
      ...["sh", "-c", `mount -t tmpfs -o size=64m tmpfs /mnt && cp -a ${folder}/. /mnt && mount --move /mnt ${folder}`],
    );
    const another = changed(context().bundle(), paths.nginx, /^/, "# for a full disk\n");
    const rejection = async () => [await context().apply(another), await context().report()];
    const report = (text: RegExp) => [
      { exitCode: 1, stdout: "", all: expect.stringMatching(text) },
      { status: "refused", bundle: digest(context().bundle()), text: expect.stringMatching(text) },
    ];
    try {
      await onMachine("sh", "-c", `cat /dev/zero > ${folder}/full || true`);
      expect(await rejection()).toEqual(report(/nothing was touched: .*No space left on device/));
      // The free space is enough for the bundle, but not for the files that a change writes.
      await onMachine("truncate", "--size=-8M", `${folder}/full`);
      expect(await rejection()).toEqual(report(/nothing was touched: .* MiB of room left, and a change takes 16/));
      expect(await context().processes()).toEqual(before);
      await serves(context());
    } finally {
      await onMachine("umount", "--lazy", folder);
    }
    expect(await context().apply(another)).toMatchObject({ exitCode: 0 });
    expect(await context().processes()).toEqual(before);
  });

  test("services that cannot start because Docker's disk is full start by themselves once there is space", async () => {
    const folder = "/var/lib/docker";
    const stop = () =>
      onMachine("systemctl", "stop", "livekit.service", "docker.socket", "docker.service", "containerd.service");
    const start = () => onMachine("systemctl", "start", "--no-block", "livekit.service");
    const room = (size: string) => onMachine("mount", "-o", `remount,size=${size}`, folder);
    await stop();
    // Copies everything in the folder and leaves no free space.
    await onMachine(
      ...["sh", "-ec", `mount -t tmpfs tmpfs /mnt && cp -a ${folder}/. /mnt && mount --move /mnt ${folder}`],
    );
    try {
      await room(`${(await onMachine("du", "-sm", folder)).split("\t")[0]}m`);
      await onMachine("sh", "-c", `cat /dev/zero > ${folder}/full || true`);
      await start();
      const state = () => onMachine("systemctl", "show", "--property", "SubState", "--value", "docker.service");
      await eventually(async () => expect(await state()).toBe("auto-restart\n"));
      await room("1g");
      await serves(context());
    } finally {
      await stop();
      await onMachine("umount", "--lazy", folder);
      await start();
    }
    await healthy(context());
  });
}
