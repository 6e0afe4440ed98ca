import { PassThrough } from "node:stream";
import Dockerode from "dockerode";
import { builtImageName } from "../../../images/catalog";
import { imageBom } from "../../../scripts/sbom/image";

const osRelease = 'VERSION_ID="13"\nID=debian\n';
const packages = "installed\tbash\t5.2.37-2\tamd64\tbash\t5.2.37-2\n";
const failures = { start: "OCI runtime create failed", attach: "no such container" };

/** A fake Docker engine that records created and removed containers. One of its steps may fail. */
class FakeEngine {
  readonly created: Dockerode.ContainerCreateOptions[] = [];
  readonly removed: number[] = [];
  readonly modem = new Dockerode().modem;

  constructor(
    readonly code = 0,
    readonly failing?: keyof typeof failures,
  ) {}

  getImage(name: string) {
    return { inspect: async () => ({ Id: `id of ${name}` }) };
  }

  async createContainer(options: Dockerode.ContainerCreateOptions) {
    const number = this.created.push(options);
    const stream = new PassThrough();
    const step = async (name: string) => {
      if (this.failing === name) throw new Error(failures[this.failing]);
    };
    return {
      attach: () => step("attach").then(() => stream),
      start: async () => {
        await step("start");
        const output = options.Entrypoint?.[0] === "cat" ? osRelease : packages;
        stream.end(this.code === 0 ? frame(1, output) : frame(2, "it is missing"));
      },
      wait: async () => ({ StatusCode: this.code }),
      remove: async () => {
        this.removed.push(number);
        stream.end();
      },
    };
  }

  /** Lists the contents of the Coturn image. */
  bom() {
    return imageBom("coturn", this as unknown as Dockerode, () => {});
  }
}

/** Returns output as the engine multiplexes it: 1 is standard output, 2 is standard error. */
function frame(kind: number, output: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(kind);
  header.writeUInt32BE(Buffer.byteLength(output), 4);
  return Buffer.concat([header, Buffer.from(output)]);
}

test("the contents of an image are read in containers without a network, which are removed", async () => {
  const engine = new FakeEngine();
  const { metadata, components } = await engine.bom();
  expect(metadata.component.properties).toEqual([
    { name: "docker:image:id", value: `id of ${builtImageName("coturn")}` },
  ]);
  expect(components.map(({ name }) => name)).toEqual(["debian", "bash"]);
  expect(engine.created).toHaveLength(2);
  for (const { HostConfig } of engine.created)
    expect(HostConfig).toEqual({ NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] });
  expect(engine.removed).toEqual([1, 2]);
});

test.each(["attach", "start"] as const)("a container is removed if the engine fails to %s it", async (step) => {
  const engine = new FakeEngine(0, step);
  await expect(engine.bom()).rejects.toThrow(failures[step]);
  expect(engine.removed).toEqual([1]);
});

test("a container whose command fails is removed, and its error is reported", async () => {
  const engine = new FakeEngine(127);
  await expect(engine.bom()).rejects.toThrow("cat /etc/os-release: it is missing");
  expect(engine.removed).toEqual([1]);
});
