import { Container, type ContainerArgs, Network, RemoteImage, Volume } from "@pulumi/docker";
import { type CustomResourceOptions, interpolate, secret } from "@pulumi/pulumi";
import {
  docker,
  execute,
  image,
  leftovers,
  named,
  openDockerStack,
  removeDockerStack,
  sleep,
  suite,
  type TestStack,
  volumes,
  volumesOf,
} from "../../../../test/support/provider-stack";

const planted = "planted-secret-4f1c2a";

/**
 * Creates a service as the program does: its files are in the volume of a container that never runs, and everything
 * else is read-only.
 */
function service(changes: Partial<ContainerArgs> = {}, options: CustomResourceOptions = {}) {
  return async () => {
    const source = new RemoteImage("image", { name: image, keepLocally: true });
    const network = new Network("network", {
      name: named("net"),
      labels: [
        { label: "b", value: "2" },
        { label: "a", value: "1" },
      ],
    });
    const volume = new Volume("volume", { name: named("vol") });
    const files = new Container("files", {
      name: named("files"),
      image: source.imageId,
      command: sleep,
      start: false,
      mustRun: false,
      volumes: [{ containerPath: "/etc/service" }],
      uploads: [
        { file: "/etc/service/key", content: secret(planted), permissions: "0640" },
        { file: "/etc/service/conf", content: "listen 80" },
      ],
    });
    const container = new Container(
      "service",
      {
        name: named("service"),
        image: source.imageId,
        command: sleep,
        user: "7:0",
        readOnly: true,
        restart: "unless-stopped",
        networksAdvanced: [{ name: network.name, aliases: ["one", "another"] }],
        ports: [{ internal: 80, external: 28480, ip: "127.0.0.1" }],
        hosts: [{ host: "other.test", ip: "10.1.2.3" }],
        volumes: [
          { fromContainer: interpolate`${files.id}:ro` },
          { containerPath: "/data", volumeName: volume.name },
          { containerPath: "/scratch" },
        ],
        tmpfs: { "/tmp": "rw,size=1m" },
        capabilities: { adds: ["CAP_NET_BIND_SERVICE"], drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
        sysctls: { "net.ipv4.ip_unprivileged_port_start": "443" },
        memory: 64,
        memorySwap: 128,
        init: true,
        groupAdds: ["5", "1"],
        healthcheck: {
          tests: ["CMD", "/bin/busybox", "test", "-r", "/etc/service/key"],
          interval: "1s",
          timeout: "5s",
          retries: 2,
        },
        logDriver: "json-file",
        logOpts: { "max-size": "1m", "max-file": "2" },
        labels: [
          { label: "z", value: "1" },
          { label: "y", value: "2" },
        ],
        stopSignal: "SIGKILL",
        stopTimeout: 5,
        destroyGraceSeconds: 5,
        wait: true,
        waitTimeout: 20,
        ...changes,
      },
      options,
    );
    return { id: container.id, filesId: files.id, imageId: source.imageId, hostname: container.hostname };
  };
}

suite("the fallback docker provider", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await openDockerStack();
  });
  afterAll(() => removeDockerStack(stack));

  test("creates the network, volumes, files and container that the program declares", async () => {
    const { outputs } = await stack.up(service());

    const found = await docker.getContainer(outputs["id"]?.value).inspect();
    expect(found.State.Health?.Status).toBe("healthy");
    expect(found.Image).toBe(outputs["imageId"]?.value);
    expect(outputs["hostname"]?.value).toBe(found.Id.slice(0, 12));
    expect(found.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      CapAdd: ["CAP_NET_BIND_SERVICE"],
      Memory: 64 * 1024 * 1024,
      RestartPolicy: { Name: "unless-stopped" },
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
    });
    expect(Object.keys(found.NetworkSettings.Networks)).toEqual([named("net")]);
    expect(found.NetworkSettings.Networks[named("net")]?.Aliases).toEqual(expect.arrayContaining(["one", "another"]));
    expect(await execute(found.Id, "stat", "-c", "%a %u:%g", "/etc/service/key", "/etc/service/conf")).toBe(
      "640 0:0\r\n644 0:0",
    );
    expect(await execute(found.Id, "touch", "/etc/service/new")).toContain("Read-only");
  });

  test("a second update of the same program changes nothing", async () => {
    expect((await stack.preview(service())).changeSummary).toEqual({ same: 6 });
    await stack.refresh();
    expect((await stack.up(service())).summary.resourceChanges).toEqual({ same: 6 });
  });

  test("a secret file is readable in the container, and is not in docker inspect, state or output", async () => {
    const inspected = await Promise.all(
      [named("files"), named("service")].map((name) => docker.getContainer(name).inspect()),
    );
    expect(await execute(named("service"), "cat", "/etc/service/key")).toBe(planted);
    expect(JSON.stringify(inspected)).not.toContain(planted);
    expect(stack.shows(planted)).toBe(false);
  });

  test("updates in place the inputs that Docker can change", async () => {
    const before = (await docker.getContainer(named("service")).inspect()).Id;
    const { summary } = await stack.up(service({ restart: "always", memory: 70, memorySwap: 140 }));

    expect(summary.resourceChanges).toEqual({ same: 5, update: 1 });
    const { Id, HostConfig } = await docker.getContainer(named("service")).inspect();
    expect(Id).toBe(before);
    expect(HostConfig.RestartPolicy?.Name).toBe("always");
    expect(HostConfig.Memory).toBe(70 * 1024 * 1024);
  });

  test("replaces a container if Docker cannot change an input, and also replaces containers that use the container's volumes", async () => {
    const { changeSummary } = await stack.preview(service({ user: "8:0" }));
    expect(changeSummary).toMatchObject({ replace: 1 });

    const before = await docker.getContainer(named("files")).inspect();
    await docker.getContainer(named("files")).remove({ v: true, force: true });
    await stack.refresh();
    const { summary } = await stack.up(service());
    expect(summary.resourceChanges).toEqual({ same: 4, create: 1, replace: 1 });
    expect((await docker.getContainer(named("files")).inspect()).Id).not.toBe(before.Id);
  });

  test("rejects a changed health check, or replaces the container if replaceOnChanges lists healthcheck", async () => {
    const slower = { tests: ["CMD", "/bin/busybox", "true"], interval: "2s" };
    await expect(stack.up(service({ healthcheck: slower }))).rejects.toThrow('replaceOnChanges: ["healthcheck"]');
    const { summary } = await stack.up(service({ healthcheck: slower }, { replaceOnChanges: ["healthcheck"] }));
    expect(summary.resourceChanges).toMatchObject({ replace: 1 });
    const { Config } = await docker.getContainer(named("service")).inspect();
    expect(Config.Healthcheck).toMatchObject({ Test: slower.tests, Interval: 2e9 });
    await stack.up(service({}, { replaceOnChanges: ["healthcheck"] }));
  });

  test("a refresh finds objects that were changed, stopped or removed outside Pulumi", async () => {
    const container = docker.getContainer(named("service"));
    await container.update({ Memory: 80 * 1024 * 1024, MemorySwap: 160 * 1024 * 1024 });
    expect((await stack.refresh()).summary.resourceChanges).toEqual({ same: 5, update: 1 });
    expect((await stack.up(service())).summary.resourceChanges).toEqual({ same: 5, update: 1 });
    expect((await container.inspect()).HostConfig.Memory).toBe(64 * 1024 * 1024);

    // A stopped container publishes no ports, so the official provider also replaces it.
    await container.stop();
    await stack.refresh();
    expect((await stack.up(service())).summary.resourceChanges).toEqual({ same: 5, replace: 1 });
    expect((await docker.getContainer(named("service")).inspect()).State.Health?.Status).toBe("healthy");

    await docker.getContainer(named("service")).remove({ force: true });
    expect((await stack.refresh()).summary.resourceChanges).toEqual({ same: 5, delete: 1 });
    expect((await stack.up(service())).summary.resourceChanges).toEqual({ same: 5, create: 1 });
  });

  test("imports resources by id", async () => {
    const found = await docker.createContainer({
      name: named("found"),
      Image: image,
      Cmd: sleep,
      HostConfig: { NetworkMode: "bridge" }, // Docker's own default is another value, "default".
    });
    await found.start();
    const program = (options: CustomResourceOptions) => async () => {
      await service()();
      new Container("found", { name: named("found"), image, command: sleep }, options);
    };
    const { summary } = await stack.up(program({ import: found.id }));
    expect(summary.resourceChanges).toMatchObject({ import: 1 });
    expect((await stack.preview(program({}))).changeSummary).toEqual({ same: 7 });
  });

  test("leaves no container, network or volume after a destroy", async () => {
    const own = [...(await volumesOf(named("files"))), ...(await volumesOf(named("service")))];
    expect(own.length).toBeGreaterThanOrEqual(3);
    await stack.destroy();
    expect(await leftovers()).toEqual([]);
    const left = await volumes();
    expect(own.filter((name) => left.includes(name))).toEqual([]);
  });
});
