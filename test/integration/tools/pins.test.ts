import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Dockerode from "dockerode";
import { parse } from "yaml";
import { serviceKinds } from "../../../images/catalog";
import { officialImages } from "../../../model/images";
import { findImage } from "../../../packages/fallback-providers/docker/image";
import { LoopbackRegistry } from "../../support/registry";
import { TestStack } from "../../support/stack";

const registry = new LoopbackRegistry();
const docker = new Dockerode();
const stack = new TestStack("pins");
const names: Record<string, string> = {};

beforeAll(async () => {
  const host = await registry.start();
  for (const kind of serviceKinds) names[kind] = `${host}/${kind}:${officialImages[kind].tag}`;
  stack.configure({ images: names });
});

afterAll(async () => {
  await registry.stop();
  rmSync(stack.home, { recursive: true });
});

const pinned = (kind: string) => `${names[kind]}@${registry.digest}`;
const images = () => parse(readFileSync(join(stack.home, "Pulumi.test.yaml"), "utf8")).config["livekit:images"];

test("npm run images -- --write pins every image by the digest that its registry returns", async () => {
  const { exitCode, all } = await stack.command("images", "--write");
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
  expect(images()).toEqual(Object.fromEntries(serviceKinds.map((kind) => [kind, pinned(kind)])));
  const { all: list } = await stack.command("images", "--json");
  expect(JSON.parse(list).images[0]).toEqual({
    service: "livekit",
    image: pinned("livekit"),
    source: names["livekit"]?.split("/")[0],
    inEngine: false,
    digest: registry.digest,
  });
});

test("the engine pulls a pinned image by its digest, and npm run images then lists it as present", async () => {
  const call = { urn: "", name: "", signal: new AbortController().signal, log: () => undefined };
  const { RepoDigests } = await findImage(docker, pinned("redis"), call);
  try {
    expect(RepoDigests).toEqual([`${names["redis"]?.replace(/:[^:]*$/, "")}@${registry.digest}`]);
    const { all } = await stack.command("images");
    expect(all).toMatch(/redis .* yes /);
    expect(all).toMatch(/nginx .* no /);
  } finally {
    await docker.getImage(pinned("redis")).remove();
  }
});

test("npm run images -- --write names an unreachable registry, writes nothing and exits with 1", async () => {
  await registry.stop();
  const before = images();
  const { exitCode, all } = await stack.command("images", "--write");
  expect(exitCode).toBe(1);
  for (const kind of serviceKinds) {
    expect(all).toContain(
      `livekit:images.${kind} "${names[kind]}": the image's registry ${names[kind]?.split("/")[0]} returned no digest`,
    );
  }
  expect(all).toContain("connection refused");
  expect(all).not.toMatch(/\bat .*\.ts:/);
  expect(images()).toEqual(before);
});
