import fs from "node:fs";
import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { baseImageName, builtImageName, serviceKinds } from "../../../images/catalog";
import { officialImageName } from "../../../model/images";
import { ensureImages } from "../../../scripts/toolchain/images";
import { fakeMachine } from "./fake-machine";

const built = serviceKinds.map(builtImageName);
const official = serviceKinds.map(officialImageName);
const silent = () => {};

/** A fake Docker engine that has these images and can or cannot pull. */
function engine(held: readonly string[], pullable: boolean) {
  const pulled: string[] = [];
  const docker = {
    getImage: (name: string) => ({
      inspect: async () => {
        if (!held.includes(name)) throw Object.assign(new Error("no such image"), { statusCode: 404 });
        return {};
      },
    }),
    pull: async (name: string) => {
      if (!pullable) throw new Error("no such host");
      pulled.push(name);
      return Readable.from([]);
    },
    modem: { followProgress: (_: unknown, finished: (error: null) => void) => finished(null) },
  };
  return { pulled, docker: docker as unknown as Dockerode };
}

describe("the source of container images", () => {
  it.each<[string, readonly string[], boolean, "registry" | "build"]>([
    ["is the registry if the engine has all official images", official, false, "registry"],
    ["is a build if the engine has all built images", built, true, "build"],
    ["is the registry if the engine has no image and the registry is reachable", [], true, "registry"],
    [
      "is the registry if one official image is missing and the registry is reachable",
      official.slice(1),
      true,
      "registry",
    ],
  ])("%s", async (_, held, pullable, expected) => {
    const { docker, pulled } = engine(held, pullable);
    expect(await ensureImages(docker, fakeMachine(), silent)).toBe(expected);
    expect(pulled).toEqual(expected === "registry" ? official.filter((name) => !held.includes(name)) : []);
  });

  it("is the configured source if the settings contain a source", async () => {
    const { docker } = engine(built, false);
    await expect(ensureImages(docker, fakeMachine(), silent, { source: "registry" })).rejects.toThrow(
      /docker pull.*no such host/,
    );
    expect(await ensureImages(docker, fakeMachine(), silent, { source: "build" })).toBe("build");
  });

  it("is the registry if Docker can pull the official images of the services for which the settings name no image", async () => {
    const { docker, pulled } = engine([], true);
    expect(await ensureImages(docker, fakeMachine(), silent, { kinds: ["redis", "nginx"] })).toBe("registry");
    expect(pulled).toEqual([officialImageName("redis"), officialImageName("nginx")]);
  });

  it("cannot be a build on systems other than Debian and Ubuntu, and the error reports this requirement", async () => {
    const { docker } = engine([], false);
    const machine = fakeMachine({
      distribution: "fedora",
      root: false,
      commands: { go: "/go" },
      answer: () => undefined,
    });
    await expect(ensureImages(docker, machine, silent)).rejects.toThrow(/root on Debian or Ubuntu/);
  });
});

describe("a built image's name", () => {
  it("contains the version of the software and a key of the build's inputs", () => {
    expect(builtImageName("livekit")).toMatch(/^localhost\/livekit-stack\/livekit:1\.13\.11-[0-9a-f]{12}$/);
    for (const kind of serviceKinds)
      expect(builtImageName(kind)).toMatch(/^localhost\/livekit-stack\/\w+:[\d.]+-[0-9a-f]{12}$/);
    expect(baseImageName()).toMatch(/^localhost\/livekit-stack\/base:[0-9a-f]{12}$/);
  });

  it("depends only on a few small files, because every preview reads them", () => {
    const read = jest.spyOn(fs, "readFileSync");
    serviceKinds.map(builtImageName);
    const sizes = read.mock.results.map(({ value }) => (value as string).length);
    read.mockRestore();
    expect(sizes.length).toBeGreaterThan(serviceKinds.length);
    expect(sizes.length).toBeLessThan(30);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(1_000_000);
  });
});
