import { logLimits } from "../../../../model/service";
import { nodePaths } from "../../../../templates/node/paths";
import { eventually } from "../../../support/eventually";
import type { TestNode } from "../../../support/test-node";
import { changed, converged, digest, healthy, journal, lines, logged, paths, serials, serves, services } from "./tools";

/** What breaks on a machine, and mends by itself. */
export function machineErrors(subject: () => TestNode): void {
  const onMachine = (...command: readonly string[]) => subject().machine.run(command);

  test("the log of every container is capped", async () => {
    const caps = await onMachine("docker", "inspect", "--format", "{{json .HostConfig.LogConfig}}", ...services);
    const here = { "cache-max-size": logLimits["max-size"], "cache-max-file": logLimits["max-file"] };
    for (const cap of lines(caps)) {
      expect(JSON.parse(cap)).toEqual({ Type: "awslogs", Config: expect.objectContaining(here) });
    }
  });

  test("calls outlive a restart of Docker", async () => {
    const before = await subject().processes();
    await onMachine("systemctl", "restart", "docker");
    await healthy(subject());
    expect(await subject().processes()).toEqual(before);
    await serves(subject());
  });

  test("a service that is killed is back by itself", async () => {
    const before = await subject().processes();
    for (const name of services) await onMachine("kill", "-KILL", `${before[name]}`);
    await eventually(async () => {
      const now = await subject().processes();
      for (const name of services) expect([name, now[name] ?? before[name]]).not.toEqual([name, before[name]]);
    });
    await serves(subject());
  });

  test("Redis is back with the next apply, and nothing else restarts", async () => {
    const before = await subject().processes();
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    expect(await subject().apply()).toMatchObject({ exitCode: 0 });
    const now = await subject().processes();
    expect(now).toEqual({ ...before, "lk-livekit-redis": expect.any(Number) });
    expect(now["lk-livekit-redis"]).not.toBe(before["lk-livekit-redis"]);
    await serves(subject());
  });

  test("maintenance lets calls end, upgrades and restarts the machine, and the certificate is the one that it had", async () => {
    const began = () => onMachine("systemctl", "show", "--property", "UserspaceTimestampMonotonic");
    const before = { began: await began(), serials: await serials(subject()) };
    const call = await subject().holdCall("udp");
    const asked = subject().ask("maintain");
    await eventually(async () => expect((await subject().report())?.text).toMatch(/^draining livekit/));
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    const { exitCode, all } = await asked;
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/upgrading[\s\S]*restarting the machine[\s\S]*healthy/)]);
    expect(await subject().machine.booted()).toMatchObject({ system: "running" });
    expect(await began()).not.toBe(before.began);
    expect(await serials(subject())).toEqual(before.serials);
    await serves(subject());
  });

  test("without AWS, CloudWatch included, and without Redis' container, a machine that boots serves all the same", async () => {
    const before = await serials(subject());
    await onMachine("docker", "rm", "--force", "lk-livekit-redis");
    await subject().machine.stop();
    await subject().ground.cut("aws");
    const since = Date.now();
    try {
      await subject().machine.start();
      await serves(subject());
      expect(await serials(subject())).toEqual(before);
      await eventually(async () => expect(await journal(subject(), "livekit-node")).toContain("asked in vain"));
    } finally {
      await subject().ground.mend("aws");
    }
    const processes = await subject().processes();
    await converged(subject());
    await logged(subject(), since);
    expect(await subject().processes()).toEqual(processes);
  });

  test("an apply that loses power half-way is carried to its end by the next boot", async () => {
    const another = changed(subject().bundle(), paths.livekit, /^/, "# another\n");
    const asked = subject().apply(another);
    await eventually(() => onMachine("test", "-d", `${nodePaths.stack}/../before`));
    await subject().machine.stop({ graceSeconds: 0 });
    await subject().machine.start();
    expect(await asked).toMatchObject({ exitCode: 0, all: expect.stringContaining("healthy") });
    expect(await subject().report()).toMatchObject({ status: "healthy", bundle: digest(another) });
    await serves(subject());
  });

  test("on a full disk an apply is refused, what serves is not touched, and it is done once there is room", async () => {
    // Whatever a test before this one has left in force.
    expect(await subject().apply()).toMatchObject({ exitCode: 0 });
    const before = await subject().processes();
    const folder = "/var/lib/livekit";
    // The folder alone, with no byte to spare.
    await onMachine(
      ...["sh", "-c", `mount -t tmpfs -o size=64m tmpfs /mnt && cp -a ${folder}/. /mnt && mount --move /mnt ${folder}`],
    );
    const another = changed(subject().bundle(), paths.nginx, /^/, "# for a full disk\n");
    const rejection = async () => [await subject().apply(another), await subject().report()];
    const says = (text: RegExp) => [
      { exitCode: 1, stdout: "", all: expect.stringMatching(text) },
      { status: "refused", bundle: digest(subject().bundle()), text: expect.stringMatching(text) },
    ];
    try {
      await onMachine("sh", "-c", `cat /dev/zero > ${folder}/full || true`);
      expect(await rejection()).toEqual(says(/nothing was touched: .*No space left on device/));
      // The bundle itself has room, and what it changes does not.
      await onMachine("truncate", "--size=-8M", `${folder}/full`);
      expect(await rejection()).toEqual(says(/nothing was touched: .* MiB of room left, and a change takes 16/));
      expect(await subject().processes()).toEqual(before);
      await serves(subject());
    } finally {
      await onMachine("umount", "--lazy", folder);
    }
    expect(await subject().apply(another)).toMatchObject({ exitCode: 0 });
    expect(await subject().processes()).toEqual(before);
  });

  test("what can't start because Docker's disk is full starts by itself once there is room", async () => {
    const folder = "/var/lib/docker";
    const stop = () =>
      onMachine("systemctl", "stop", "livekit.service", "docker.socket", "docker.service", "containerd.service");
    const start = () => onMachine("systemctl", "start", "--no-block", "livekit.service");
    const room = (size: string) => onMachine("mount", "-o", `remount,size=${size}`, folder);
    await stop();
    // All that is on it, and no byte to spare.
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
      await serves(subject());
    } finally {
      await stop();
      await onMachine("umount", "--lazy", folder);
      await start();
    }
    await healthy(subject());
  });
}
