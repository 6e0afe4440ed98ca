import { readFileSync } from "node:fs";
import { join } from "node:path";
import Dockerode from "dockerode";
import { builtImageName, builtKinds } from "../../../images/catalog";
import type { BuiltKind } from "../../../model/images";
import { imageBom } from "../../../scripts/sbom/image";
import { npmBom } from "../../../scripts/sbom/npm";
import { buildImage } from "../../../scripts/toolchain/image-build";
import { projectFolder } from "../../../stacks/env";
import { expectBom } from "../../support/bom";
import { testMachine } from "../../support/machine";

const docker = new Dockerode();
const ignore = () => {};

beforeAll(async () => {
  for (const kind of builtKinds) await buildImage(kind, docker, ignore);
}, 900_000);

test.each<[BuiltKind, string[]]>([
  ["livekit", ["busybox", "github.com/livekit/livekit-server", "github.com/livekit/protocol", "stdlib"]],
  ["coturn", ["coturn"]],
  ["redis", ["redis-server"]],
  ["nginx", ["nginx", "libnginx-mod-stream", "curl"]],
  ["prometheus", ["prometheus"]],
  ["node-exporter", ["prometheus-node-exporter"]],
  ["blackbox-exporter", ["prometheus-blackbox-exporter"]],
])("the SBOM of the %s image lists what the image contains", async (kind, names) => {
  const document = await imageBom(kind, docker, ignore, testMachine);
  expectBom(document);
  const { name, version, properties = [] } = document.metadata.component;
  expect(`${name}:${version}`).toBe(builtImageName(kind));
  const { Id: id } = await docker.getImage(builtImageName(kind)).inspect();
  expect(properties).toEqual([{ name: "docker:image:id", value: id }]);

  const components = document.components.map(({ name }) => name);
  expect(components).toEqual(expect.arrayContaining(["debian", "libc6", ...names]));
});

test("npm's document of this checkout lists every locked package", async () => {
  const { packages } = JSON.parse(readFileSync(join(projectFolder, "package-lock.json"), "utf8"));
  const document = await npmBom(projectFolder, testMachine);
  expectBom(document);
  const locked = Object.keys(packages).filter((path) => path.startsWith("node_modules/@livekit/"));
  expect(locked.length).toBeGreaterThan(3);
  const names = document.components.map(({ name }) => name);
  for (const path of locked) expect(names).toContain(path.slice("node_modules/".length));
});
