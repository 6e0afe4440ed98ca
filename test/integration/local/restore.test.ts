import { createServer, type Server } from "node:net";
import Dockerode from "dockerode";
import { TestStack } from "../../support/stack";

const docker = new Dockerode();
const stack = new TestStack("restore");
const brokenImage = "localhost/livekit-stack-test/nginx";
let silent: Server;

beforeAll(async () => {
  silent = createServer().listen(0, "127.0.0.1");
  await stack.start();
}, 900_000);

afterAll(async () => {
  silent.close();
  await stack.remove();
  await docker
    .getImage(`${brokenImage}:${version}`)
    .remove()
    .catch(() => undefined);
});

const started = async () => (await stack.running()).map(({ Id, State }) => [Id, State.StartedAt]).sort();

function redisAt(port: number) {
  return { redis: { mode: "external", address: `127.0.0.1:${port}` } };
}

// Each case also changes a tag. A valid configuration with a changed tag would replace the network and every container.
test.each<[string, () => object, RegExp]>([
  [
    "overrides that LiveKit's parser rejects",
    () => ({ livekitOverrides: { rtc: { no_such_key: 1 } } }),
    /livekit: the service rejects its new configuration, and no container was replaced:[\s\S]*no_such_key[\s\S]*pulumi config rm .*livekit:livekitOverrides/,
  ],
  ["a Redis that rejects connections", () => redisAt(9), /connection refused[\s\S]*Start the Redis at 127\.0\.0\.1:9/],
  [
    "a Redis that does not respond",
    () => redisAt((silent.address() as { port: number }).port),
    /(timed out after 20 s|i\/o timeout)[\s\S]*Start the Redis at/,
  ],
])("npm start with %s fails and replaces no container", async (_, settings, said) => {
  const before = await started();
  stack.configure({ tags: { team: "video" }, ...settings() });
  const { exitCode, all } = await stack.command("start");
  expect(all).toMatch(said);
  expect(exitCode).toBe(1);
  expect(await started()).toEqual(before);
  const containers = (await stack.containers()).map(({ Names }) => Names[0]);
  expect(containers.filter((name) => name?.includes("validation"))).toEqual([]);
});

const version = "1.31.0";

test("npm start rolls back to the settings of the last successful start if a service does not become healthy", async () => {
  const nginx = (await stack.running()).find(({ Name }) => Name.endsWith("-nginx"));
  await withoutHealthCheck(nginx?.Config.Image ?? "");
  stack.configure({ images: { nginx: `${brokenImage}:${version}` } });
  const { exitCode, all } = await stack.command("start");
  expect(all).toMatch(/curl[\s\S]*stack test: the stack runs again with the settings of its last successful start/);
  expect(exitCode).toBe(1);
  const smoke = await stack.command("smoke");
  expect([smoke.exitCode, smoke.all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
});

test("npm start applies the corrected settings after a rollback, and a second start changes nothing", async () => {
  stack.configure({});
  expect(await stack.start()).toContain("6 of 6 paths");
  const before = await started();
  expect(await stack.start()).toContain("Nothing has changed");
  expect((await stack.command("preview")).all).toContain("Nothing changes");
  expect(await started()).toEqual(before);
});

/** Creates an nginx image without the program that its health check runs. */
async function withoutHealthCheck(image: string): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    User: "0:0",
    Entrypoint: ["rm"],
    Cmd: ["/usr/bin/curl"],
  });
  try {
    await container.start();
    await container.wait();
    await container.commit({ repo: brokenImage, tag: version });
  } finally {
    await container.remove({ force: true });
  }
}
