import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, win32 } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { gte, parse } from "semver";
import { lowestPulumi } from "../../model/operator-tools";
import { cannot, UserError } from "../../model/user-error";
import { cached, cachePath, foreignProgram } from "../../stacks/cache";
import { buildGoTool, goInputs, moduleFolders } from "./go";
import type { Machine, Progress } from "./machine";
import { downloadFile, downloads, downloadsReachable } from "./official";
import { pulumiChecksums } from "./pulumi-checksums";

/** A Pulumi CLI that can run our programs. */
export interface PulumiCli {
  /** Full path of the program. */
  readonly command: string;
  readonly version: string;
  readonly source: "PATH" | "download" | "build";
}

/** Returns the version of Pulumi to download or build, from the go.mod of our tool module. */
export function pulumiVersion(): string {
  const version = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(
    readFileSync(join(moduleFolders.pulumi, "go.mod"), "utf8"),
  );
  if (version?.[1] === undefined) throw new Error("scripts/toolchain/pulumi/go.mod states no version of Pulumi");
  return version[1];
}

/** CPU time of a build of Pulumi, measured on two processors at 2.5 GHz with an empty Go build cache. */
const buildProcessorMinutes = 6;

/**
 * Finds or installs a Pulumi CLI: on PATH, else cached by an earlier run, else the official download, else a build of
 * its Go module.
 * @throws UserError if the download has another checksum
 */
export async function ensurePulumi(
  machine: Machine,
  progress: Progress,
  reachable: (machine: Machine) => Promise<boolean> = downloadsReachable,
  checksums: typeof pulumiChecksums = pulumiChecksums,
): Promise<PulumiCli> {
  const onPath = await pulumiOnPath(machine);
  if (onPath && gte(onPath.version, lowestPulumi)) return onPath;
  if (onPath) progress(`pulumi ${onPath.version} on PATH is older than ${lowestPulumi}: not used`);
  const earlier = [downloaded(), built()].find(({ command }) => existsSync(command));
  if (earlier) return earlier;
  progress("Pulumi is not installed: looking for its official download");
  const download = async () => {
    if (!(await reachable(machine))) throw new Error("Pulumi's downloads are unreachable");
    const archive = archiveName(machine);
    if (checksums[archive] === undefined) throw new Error(`${archive} ${noChecksum}`);
    return downloadPulumi(machine, progress, checksums);
  };
  return download().catch((error: Error) => {
    if (error instanceof UserError) throw error;
    const minutes = Math.ceil(buildProcessorMinutes / availableParallelism());
    progress(`${error.message}: building the CLI from its Go module, once: about ${minutes} min`);
    return build(machine, progress);
  });
}

/** Creates the Automation API's command object from the known version, to save a run of `pulumi version`. */
export async function pulumiCommand(cli: PulumiCli): Promise<PulumiCommand> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  return Reflect.construct(PulumiCommand, [cli.command, parse(cli.version)]);
}

async function pulumiOnPath(machine: Machine): Promise<PulumiCli | undefined> {
  const command = foreignProgram("pulumi", machine);
  if (command === undefined) return undefined;
  const { mtimeMs, size } = statSync(command);
  // Running the CLI takes a third of a second. Its version is cached until the file changes.
  const answer = await cached("pulumi-on-path", { command, mtimeMs: `${mtimeMs}`, size: `${size}` }, async (folder) => {
    const version = await machine.run(command, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
    await writeFile(join(folder, "version"), version.trim().replace(/^v/, ""));
  });
  return { command, version: readFileSync(join(answer, "version"), "utf8"), source: "PATH" };
}

/** Not `pulumi-download`, as before: those downloads were not verified. */
const downloadName = "pulumi-verified";

function downloadInputs() {
  return { version: pulumiVersion(), platform: `${process.platform}-${process.arch}` };
}

function downloaded(): PulumiCli {
  const program = process.platform === "win32" ? "pulumi.exe" : "pulumi";
  return {
    command: join(cachePath(downloadName, downloadInputs()), "bin", program),
    version: pulumiVersion(),
    source: "download",
  };
}

/**
 * Downloads the Pulumi CLI with which this project is tested, unless the cache has it.
 * @throws CommandFailure, or UserError if the download has no pinned checksum or another one
 */
export async function downloadPulumi(
  machine: Machine,
  progress: Progress,
  checksums: typeof pulumiChecksums = pulumiChecksums,
): Promise<PulumiCli> {
  await cached(
    downloadName,
    downloadInputs(),
    async (root) => {
      const name = archiveName(machine);
      const checksum = checksums[name];
      if (checksum === undefined) {
        throw cannot(name, noChecksum, "Add the checksum that Pulumi publishes, or put your own Pulumi on PATH");
      }
      progress(`downloading Pulumi ${pulumiVersion()}`);
      const archive = join(root, name);
      await downloadFile(`${downloads}/releases/sdk/${name}`, archive, checksum, machine, "Pulumi");
      // The archive for Windows has a folder bin; the others have the programs at the same level.
      const folder = machine.platform === "win32" ? root : join(root, "bin");
      await mkdir(folder, { recursive: true });
      await machine.run(tarOf(machine), ["-xf", archive, "-C", folder, "--strip-components=1"], { progress });
      await rm(archive);
    },
    progress,
  );
  return downloaded();
}

const noChecksum = "has no checksum in scripts/toolchain/pulumi-checksums.ts";

/** Returns the tar that unpacks the archive. On Windows, the tar of Git can't unpack zip and may be first on PATH. */
function tarOf({ platform, env }: Machine): string {
  return platform === "win32" ? win32.join(env["SystemRoot"] ?? "C:\\Windows", "System32", "tar.exe") : "tar";
}

/** Returns the file name of the official archive for a machine with this processor. Windows on ARM also runs x64. */
function archiveName({ platform }: Machine): string {
  return platform === "win32"
    ? `pulumi-v${pulumiVersion()}-windows-x64.zip`
    : `pulumi-v${pulumiVersion()}-${platform}-${process.arch}.tar.gz`;
}

const buildName = "pulumi";

function built(): PulumiCli {
  return {
    command: join(cachePath(buildName, goInputs("pulumi")), "bin", "pulumi"),
    version: pulumiVersion(),
    source: "build",
  };
}

async function build(machine: Machine, progress: Progress): Promise<PulumiCli> {
  await cached(
    buildName,
    goInputs("pulumi"),
    (folder) =>
      buildGoTool(
        {
          module: "pulumi",
          package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
          output: join(folder, "bin", "pulumi"),
          variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion()}` },
        },
        machine,
        progress,
      ),
    progress,
  );
  return built();
}

/** Returns PATH for Pulumi: fallback providers first, then the CLI's folder with its bundled plugins, then the rest. */
export function pathWith(cli: PulumiCli, pluginPath: string | undefined, path: string): string {
  return [pluginPath, dirname(cli.command), path].filter(Boolean).join(process.platform === "win32" ? ";" : ":");
}
