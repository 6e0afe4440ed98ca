import { mkdirSync } from "node:fs";
import type Dockerode from "dockerode";
import { rehearsalObstacle } from "../../../scripts/toolchain/rehearsal";
import { ensureAwsSimulator, ensurePebble } from "../../../scripts/toolchain/rehearsal-images";
import { type FakeOptions, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const silent = () => {};
const engine = { info: async () => ({ Architecture: "aarch64" }) } as unknown as Dockerode;
const python = { python3: "/usr/bin/python3" };

describe("the AWS simulator", () => {
  it("is installed once, for the image's Python and the engine's architecture", async () => {
    const machine = fakeMachine({ commands: python });
    const folder = await ensureAwsSimulator(engine, machine, silent);
    expect(await ensureAwsSimulator(engine, machine, silent)).toBe(folder);
    const installs = machine.ran.filter((line) => line.includes("pip install"));
    expect(installs).toHaveLength(1);
    expect(installs[0]).toMatch(/--python-version 3\.13 .*--platform manylinux_2_28_aarch64 .*requirements\.txt$/);
    expect(installs[0]).toContain("--only-binary :all:");
  });

  it.each<[string, FakeOptions]>([
    ["pip is missing and the user is not root", { root: false }],
    ["PyPI is unreachable", { commands: python, answer: (line) => (line.includes("install") ? undefined : "") }],
  ])("causes an error that suggests Python 3 with pip if %s", async (_, options) => {
    await expect(ensureAwsSimulator(engine, fakeMachine(options), silent)).rejects.toThrow(/Python 3 with pip/);
  });
});

it("Pebble is built from its Go module only once", async () => {
  const machine = fakeMachine({
    commands: { go: "/usr/bin/go" },
    answer: (line) => {
      const output = / -o (\S+)/.exec(line)?.[1];
      if (output) mkdirSync(output, { recursive: true });
      return line.includes("GOVERSION") ? "go1.26.0" : "";
    },
  });
  expect(await ensurePebble(machine, silent)).toMatch(/livekit-stack\/pebble-[0-9a-f]{12}\/pebble$/);
  await ensurePebble(machine, silent);
  expect(machine.ran.filter((line) => line.includes("go build"))).toHaveLength(1);
});

it.each<[FakeOptions, string | undefined]>([
  [{}, undefined],
  [{ root: false }, "root"],
  [{ platform: "darwin" }, "Linux"],
])("case %#: a rehearsal requires root on Linux, and the error names the missing requirement", (options, missing) => {
  const obstacle = rehearsalObstacle(fakeMachine(options));
  if (missing === undefined) expect(obstacle).toBeUndefined();
  else expect(obstacle).toContain(missing);
});
