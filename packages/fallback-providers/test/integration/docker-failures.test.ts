import { once } from "node:events";
import type { Readable } from "node:stream";
import { Container, type ContainerArgs, Network } from "@pulumi/docker";
import { CustomResource, secret } from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import {
  docker,
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

const planted = "planted-secret-d07b3e";

/** Returns inputs that upload the planted secret, with these changes. */
function upload(changes: object): Partial<ContainerArgs> {
  return { uploads: [{ file: "/key", content: secret(planted), ...changes }] };
}

const watched = { healthcheck: { tests: ["CMD", "/bin/busybox", "true"], interval: "1s" }, wait: true };

suite("rejections and failures of the fallback docker provider", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await openDockerStack();
  });
  afterAll(() => removeDockerStack(stack));

  /** Returns the error message that the user sees. */
  const failure = (program: PulumiFn): Promise<string> =>
    stack.up(program).then(
      () => "nothing failed",
      (error: Error) => error.message,
    );

  test("removes a container and its volumes if the container does not become healthy, and reports the reason", async () => {
    const started = (await docker.getEvents({
      filters: { container: [named("broken")], event: ["start"] },
    })) as Readable;
    const failing = failure(async () => {
      new Container("broken", {
        name: named("broken"),
        image,
        command: ["/bin/busybox", "sh", "-c", "echo last words; /bin/busybox sleep 600"],
        volumes: [{ containerPath: "/data" }],
        healthcheck: { tests: ["CMD-SHELL", "echo no key >&2; exit 3"], interval: "1s", retries: 1 },
        entrypoints: [],
        wait: true,
      });
    });
    await once(started, "data");
    started.destroy();
    const [volume = ""] = await volumesOf(named("broken"));
    expect(await volumes()).toContain(volume);
    const message = await failing;
    expect(message).toMatch(/broken (is unhealthy|ended)/);
    expect(message).toContain("last words");
    expect(await leftovers()).toEqual([]);
    expect(await volumes()).not.toContain(volume);
  });

  test("reports a container that exits before it is healthy", async () => {
    const message = await failure(async () => {
      new Container("ended", {
        name: named("ended"),
        image,
        command: ["/bin/busybox", "false"],
        healthcheck: { tests: ["CMD", "/bin/busybox", "true"], interval: "1s" },
        wait: true,
      });
    });
    expect(message).toContain(`${named("ended")} ended with exit code 1`);
    expect(await leftovers()).toEqual([]);
  });

  test("reports the command that removes an existing container or network with the same name", async () => {
    const taken = await docker.createContainer({ name: named("taken"), Image: image, Cmd: sleep });
    const double = await docker.createNetwork({ Name: named("net") });
    const message = await failure(async () => {
      new Container("taken", { name: named("taken"), image, command: sleep });
      new Network("double", { name: named("net") });
    });
    expect(message).toContain(`docker rm -fv ${named("taken")}`);
    expect(message).toContain(`docker network rm ${named("net")}`);
    await taken.remove();
    await double.remove();
  });

  test("rejects an unsupported type or input by name, and creates no resource", async () => {
    class Plugin extends CustomResource {
      constructor() {
        super("docker:index/plugin:Plugin", "plugin", {});
      }
    }
    const unknownType = await failure(async () => void new Plugin());
    expect(unknownType).toContain("docker:index/plugin:Plugin is not implemented");
    const unknownProperties = await failure(async () => {
      new Container("odd", {
        name: named("odd"),
        image,
        privileged: true,
        networksAdvanced: [{ name: "bridge", ipv4Address: "10.0.0.1" }],
      });
    });
    expect(unknownProperties).toContain("privileged of docker:index/container:Container is not implemented");
    expect(unknownProperties).toContain(
      "networksAdvanced.0.ipv4Address of docker:index/container:Container is not implemented",
    );
    expect(unknownProperties).toContain("pulumi plugin install resource docker 5.2.0");
    expect(await leftovers()).toEqual([]);
  });

  test.each<[string, Partial<ContainerArgs>, RegExp]>([
    ["an upload path below a file", upload({ file: "/bin/busybox/below" }), /busybox\/below: not a directory/],
    ["a relative upload path", upload({ file: "relative" }), /uploads\.0\.file: must be an absolute path/],
    ["invalid upload permissions", upload({ permissions: secret(planted) }), /uploads\.0\.permissions: must be/],
    [
      "an upload input that is not implemented",
      upload({ contentBase64: secret(planted) }),
      /contentBase64 of .* not impl/,
    ],
    [
      "a container input that is not implemented",
      { ...upload({}), privileged: true },
      /privileged of .* not implemented/,
    ],
    ["uploads into a read-only container", { ...upload({}), readOnly: true }, /uploads: the engine lets no plugin/],
    [
      "an image that cannot be pulled",
      { ...upload({}), image: "127.0.0.1:9/none:1" },
      /127\.0\.0\.1:9\/none:1 is not on/,
    ],
    [
      "a process that exits",
      { ...upload({}), command: ["/bin/busybox", "cat", "/none"], ...watched },
      /secretive ended with exit code 1/,
    ],
  ])("reveals no secret in the error for %s", async (_, args, words) => {
    const message = await failure(async () => {
      new Container("secretive", { name: named("secretive"), image, command: sleep, ...args });
    });
    expect(message).toMatch(words);
    expect(message).not.toContain(planted);
    expect(stack.shows(planted)).toBe(false);
    expect(await leftovers()).toEqual([]);
  });
});
