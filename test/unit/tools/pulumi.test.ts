import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../../model/user-error";
import { moduleFolders, readPatches } from "../../../scripts/toolchain/go";
import {
  downloadPulumi,
  ensurePulumi,
  pathWith,
  pulumiCommand,
  pulumiVersion,
} from "../../../scripts/toolchain/pulumi";
import { pulumiChecksums } from "../../../scripts/toolchain/pulumi-checksums";
import { cachePath } from "../../../stacks/cache";
import { emptyFolder, fakeMachine, useEmptyCache } from "./fake-machine";

useEmptyCache();

const silent = () => {};
const unreachable = async () => false;

/** A machine with Go whose build writes its output file. */
function withGo(commands: Record<string, string> = {}, answers: Record<string, string> = {}) {
  return fakeMachine({
    commands: { go: "/usr/bin/go", ...commands },
    answer: (line, cwd) => {
      if (line.endsWith("mod vendor")) copyPatched(cwd);
      const output = / -o (\S+)/.exec(line)?.[1];
      if (output) {
        mkdirSync(dirname(output), { recursive: true });
        writeFileSync(output, "");
      }
      return line.includes("GOVERSION") ? "go1.26.0" : (answers[line] ?? "");
    },
  });
}

/** Writes the dependencies that `go mod vendor` copies, with the text that patches.json changes. */
function copyPatched(cwd: string): void {
  for (const { file, edits, remove = [] } of readPatches("pulumi")) {
    const folder = join(cwd, "vendor", dirname(file));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, basename(file)), edits.map(({ from, until = "" }) => from + until).join("\n"));
    for (const name of remove) writeFileSync(join(folder, name), "");
  }
}

const archive = `pulumi-v${pulumiVersion()}-linux-${process.arch}.tar.gz`;
const checksumOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A machine whose curl downloads this content. */
function withDownload(content: string) {
  return fakeMachine({
    answer: (line) => {
      const file = / --output (\S+)/.exec(line)?.[1];
      if (file) writeFileSync(file, content);
      const folder = / -C (\S+)/.exec(line)?.[1];
      if (folder) writeFileSync(join(folder, "pulumi"), "");
      return "";
    },
  });
}

function programOnPath(): string {
  const path = join(emptyFolder(), "pulumi");
  writeFileSync(path, "");
  return path;
}

describe("the Pulumi CLI", () => {
  it("on PATH is used, and its version is read once", async () => {
    const command = programOnPath();
    const machine = withGo({ pulumi: command }, { [`${command} version`]: "v3.231.4\n" });
    const cli = { command, version: "3.231.4", source: "PATH" };
    expect(await ensurePulumi(machine, silent, unreachable)).toEqual(cli);
    expect(await ensurePulumi(machine, silent, unreachable)).toEqual(cli);
    expect(machine.ran).toEqual([`${command} version`]);
  });

  it("on PATH is skipped with a message if it is too old", async () => {
    const command = programOnPath();
    const said: string[] = [];
    const machine = withGo({ pulumi: command }, { [`${command} version`]: "v3.229.0" });
    const cli = await ensurePulumi(machine, (line) => said.push(line), unreachable);
    expect(cli.source).toBe("build");
    expect(said).toContainEqual(expect.stringContaining("3.229.0 on PATH is older than 3.230.0"));
  });

  it("is built once, with the version of the project's SDK, if the download is unreachable", async () => {
    const machine = withGo();
    const cli = await ensurePulumi(machine, silent, unreachable);
    expect(cli).toMatchObject({ source: "build", version: pulumiVersion() });
    const build = machine.ran.find((line) => line.includes("go build"));
    expect(build).toContain(`sdk/v3/go/common/version.Version=v${pulumiVersion()}`);
    const probe = jest.fn(unreachable);
    expect(await ensurePulumi(machine, silent, probe)).toEqual(cli);
    expect(probe).not.toHaveBeenCalled();
    expect(machine.ran.filter((line) => line.includes("go build"))).toHaveLength(1);
  });

  it("is downloaded with curl, which uses the user's proxy, if the archive has the pinned checksum", async () => {
    const machine = withDownload("archive");
    const cli = await ensurePulumi(machine, silent, async () => true, { [archive]: checksumOf("archive") });
    expect(cli).toMatchObject({ source: "download", version: pulumiVersion() });
    expect(machine.ran).toEqual([
      // It may take any time, but not stand still.
      expect.stringMatching(
        `^curl (?!.*--max-time).* --speed-limit 1000 --speed-time 60 --retry 3 .* https://get.pulumi.com/releases/sdk/${archive}$`,
      ),
      expect.stringMatching(`^tar -xf \\S+/${archive} -C \\S+/bin --strip-components=1$`),
    ]);
  });

  it("with another checksum is rejected, is not unpacked and stays out of the cache", async () => {
    const pins = { [archive]: checksumOf("archive") };
    const replaced = withDownload("replaced archive");
    await expect(ensurePulumi(replaced, silent, async () => true, pins)).rejects.toThrow(
      `${archive}: the download has the checksum ${checksumOf("replaced archive")}, but must have ${pins[archive]}`,
    );
    await expect(ensurePulumi(replaced, silent, async () => true, pins)).rejects.toThrow(
      "or put your own Pulumi on PATH",
    );
    expect(replaced.ran.filter((line) => !line.startsWith("curl"))).toEqual([]);
    const next = withDownload("archive");
    expect(await ensurePulumi(next, silent, async () => true, pins)).toMatchObject({ source: "download" });
    expect(next.ran).toHaveLength(2);
  });

  it("is not downloaded but built if no checksum is pinned for this machine, and the message reports it", async () => {
    const machine = withGo();
    const said: string[] = [];
    const show = (line: string) => said.push(line);
    expect(await ensurePulumi(machine, show, async () => true, {})).toMatchObject({ source: "build" });
    expect(machine.ran.filter((line) => line.startsWith("curl"))).toEqual([]);
    expect(said).toContainEqual(
      expect.stringMatching(`^${archive} has no checksum in scripts/toolchain/pulumi-checksums.ts: building the CLI`),
    );
    expect(said.join("\n")).not.toContain("unreachable");
    const failure = await downloadPulumi(machine, silent, {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(`^${archive}: has no checksum .* put your own Pulumi`),
    });
  });

  it("is built with a message that the downloads are unreachable if they are", async () => {
    const said: string[] = [];
    await ensurePulumi(withGo(), (line) => said.push(line), unreachable);
    expect(said).toContainEqual(expect.stringMatching(/^Pulumi's downloads are unreachable: building the CLI/));
  });

  it("of an earlier download without a checksum is not used", async () => {
    const inputs = { version: pulumiVersion(), platform: `${process.platform}-${process.arch}` };
    const folder = join(cachePath("pulumi-download", inputs), "bin");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "pulumi"), "");
    expect(await ensurePulumi(withGo(), silent, unreachable)).toMatchObject({ source: "build" });
  });

  it("is the archive for x64 on Windows on ARM, which Windows' own tar unpacks", async () => {
    const zip = `pulumi-v${pulumiVersion()}-windows-x64.zip`;
    const machine = { ...withDownload("archive"), platform: "win32", env: { SystemRoot: "D:\\Windows" } } as const;
    const { arch } = process;
    Object.defineProperty(process, "arch", { value: "arm64" });
    try {
      await ensurePulumi(machine, silent, async () => true, { [zip]: checksumOf("archive") });
    } finally {
      Object.defineProperty(process, "arch", { value: arch });
    }
    expect(machine.ran).toEqual([
      expect.stringMatching(`^curl .* https://get.pulumi.com/releases/sdk/${zip}$`),
      expect.stringMatching(/^D:\\Windows\\System32\\tar\.exe -xf \S+windows-x64\.zip /),
    ]);
  });

  it("has a pinned checksum for each common system", () => {
    const systems = [
      "linux-x64.tar.gz",
      "linux-arm64.tar.gz",
      "darwin-x64.tar.gz",
      "darwin-arm64.tar.gz",
      "windows-x64.zip",
    ];
    const names = systems.map((system) => `pulumi-v${pulumiVersion()}-${system}`);
    expect(Object.keys(pulumiChecksums).toSorted()).toEqual(names.toSorted());
    for (const checksum of Object.values(pulumiChecksums)) {
      expect(checksum).toMatch(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
    }
  });

  it("is built from a Go module that has the version of the project's SDK", () => {
    const module = readFileSync(join(moduleFolders.pulumi, "go.mod"), "utf8");
    expect(module).toContain(`github.com/pulumi/pulumi/pkg/v3 v${pulumiVersion()}`);
    expect(module).toContain(`github.com/pulumi/pulumi/sdk/v3 v${pulumiVersion()}`);
  });

  it("is passed to the Automation API with its version, so that the API does not run pulumi version", async () => {
    const command = await pulumiCommand({ command: "/nowhere/bin/pulumi", version: "3.259.0", source: "build" });
    expect(command.command).toBe("/nowhere/bin/pulumi");
    expect(command.version?.minor).toBe(259);
    expect(typeof Reflect.get(command, "run")).toBe("function");
  });

  it("is on the engine's PATH, after the folder of the plugins", () => {
    const cli = { command: "/tools/bin/pulumi", version: "3.259.0", source: "build" } as const;
    expect(pathWith(cli, "/plugins", "/usr/bin")).toBe("/plugins:/tools/bin:/usr/bin");
    expect(pathWith(cli, undefined, "/usr/bin")).toBe("/tools/bin:/usr/bin");
  });
});
