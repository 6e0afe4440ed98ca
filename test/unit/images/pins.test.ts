import type Dockerode from "dockerode";
import { imageNames } from "../../../model/fleet";
import { officialImageName, parseImageReference, registryOf } from "../../../model/images";
import { askDigests, pinImages } from "../../../scripts/images/pins";
import { configure } from "../../support/settings";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

/** A fake Docker engine whose registries have these images. */
function engine(known: Readonly<Record<string, string>>): Dockerode {
  const distribution = async (name: string) => {
    const found = known[name];
    if (found === undefined) throw Object.assign(new Error("(HTTP code 500)"), { json: { message: "no such host" } });
    return { Descriptor: { digest: found } };
  };
  return { getImage: (name: string) => ({ distribution: () => distribution(name) }) } as unknown as Dockerode;
}

const own = {
  livekit: `mirror.example.com:5000/livekit-server:v1.13.11@${digest("0")}`,
  nginx: `nginx@${digest("9")}`,
};
const references = imageNames(configure({ images: JSON.stringify(own) }).settings);
const registries = {
  "mirror.example.com:5000/livekit-server:v1.13.11": digest("1"),
  [officialImageName("coturn")]: digest("2"),
  [officialImageName("redis")]: digest("3"),
};
const pinned = {
  livekit: `mirror.example.com:5000/livekit-server:v1.13.11@${digest("1")}`,
  coturn: `${officialImageName("coturn")}@${digest("2")}`,
  redis: `${officialImageName("redis")}@${digest("3")}`,
  nginx: own.nginx,
};

test.each([
  ["redis:8.2.9-bookworm", { repository: "redis", tag: "8.2.9-bookworm" }, "docker.io"],
  ["coturn/coturn:4.18.0-r0", { repository: "coturn/coturn", tag: "4.18.0-r0" }, "docker.io"],
  ["localhost/redis:8", { repository: "localhost/redis", tag: "8" }, "localhost"],
  ["ghcr.io/a/b:1", { repository: "ghcr.io/a/b", tag: "1" }, "ghcr.io"],
  ["127.0.0.1:5000/redis", { repository: "127.0.0.1:5000/redis" }, "127.0.0.1:5000"],
  [`redis:8@${digest("a")}`, { repository: "redis", tag: "8", digest: digest("a") }, "docker.io"],
])("parseImageReference parses the image name %s by Docker's rules", (text, reference, registry) => {
  expect(parseImageReference(text)).toEqual(reference);
  expect(registryOf(reference.repository)).toBe(registry);
});

test.each(["", "Redis:8", "redis:", "redis@sha256:12", "redis:8 ", "/redis:8"])(
  "parseImageReference rejects %j as an image name",
  (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  },
);

test("askDigests pins each image tag to the digest in the image's registry, and updates an existing pin", async () => {
  expect(await askDigests(engine(registries), references)).toEqual(pinned);
});

test("askDigests reports each registry that returns no digest, with the Docker engine's error message", async () => {
  const rejected = askDigests(engine({ [officialImageName("redis")]: digest("3") }), references);
  await expect(rejected).rejects.toThrow(
    /images\.livekit .*mirror\.example\.com:5000 .*no such host.*docker pull mirror/,
  );
  await expect(rejected).rejects.toThrow(/images\.coturn .*docker\.io/);
  await expect(rejected).rejects.not.toThrow(/images\.(redis|nginx)/);
});

const stackFile = `# The stack of the office.
config:
  livekit:nodes: 2 # one a socket

  livekit:images:
    # ours, patched
    livekit: mirror.example.com:5000/livekit-server:v1.13.11
  livekit:tags: { purpose: "a text that is long enough for a serialiser to want it on another line than it was" }
encryptionsalt: v1:abc=
`;

test("pinImages writes pinned images into the stack file and keeps the file's other lines, comments and layout", () => {
  const lines = stackFile.split("\n");
  const at = lines.findIndex((line) => line.includes("livekit: mirror"));
  lines.splice(at, 1, ...Object.entries(pinned).map(([kind, image]) => `    ${kind}: ${image}`));
  expect(pinImages(stackFile, pinned)).toBe(lines.join("\n"));
});

test.each(["", "config:\n", "config: {}\n", 'config:\n  livekit:images: \'{"redis": "redis:8"}\'\n'])(
  "pinImages writes pinned images into the stack file %j, which has no pinned images yet",
  (text) => {
    const written = pinImages(text, pinned);
    expect(written).toContain(`livekit: ${pinned.livekit}`);
    expect(pinImages(written, pinned)).toBe(written);
  },
);
