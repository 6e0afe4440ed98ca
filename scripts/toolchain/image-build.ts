import { copyFile, link, mkdtemp, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type Dockerode from "dockerode";
import { baseImageName, builtImageName, contextFiles } from "../../images/catalog";
import { engineFailure } from "../../model/errors/engine-failure";
import type { BuiltKind } from "../../model/images";
import { cacheFolder, locked } from "../../stacks/cache";
import { proxyVariables } from "../lib/proxy";
import { makeRootfs } from "./base-image";
import { cachedGoTool } from "./go";
import { type Machine, type Progress, thisMachine } from "./machine";
import { keepOutput, outputLog } from "./output";

/** Builds the image of a service, and its base image, unless the engine has it. Returns its name. */
export async function buildImage(
  kind: BuiltKind,
  docker: Dockerode,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<string> {
  const name = builtImageName(kind);
  return once(docker, name, progress, async () => {
    const base = await buildBase(docker, progress, machine);
    await withContext(kind, contextFiles(kind), async (context) => {
      if (kind === "livekit") await link(await buildLivekitServer(machine, progress), join(context, "livekit-server"));
      await build(docker, name, context, { BASE: base }, progress);
    });
  });
}

/** Returns the path of livekit-server, built from our Go tool module and cached. */
function buildLivekitServer(machine: Machine, progress: Progress): Promise<string> {
  const tool = { module: "livekit", package: "github.com/livekit/livekit-server/cmd/server" } as const;
  const notice = "building livekit-server from its Go module (a minute or two)";
  return cachedGoTool("livekit-server", tool, machine, progress, notice);
}

/** Reports whether the engine has an image of this name. */
export async function hasImage(docker: Dockerode, name: string): Promise<boolean> {
  return docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      (error: { statusCode?: number }) => {
        if (error.statusCode === 404) return false;
        throw error;
      },
    );
}

/** Builds the Debian base image of all other images, unless the engine has it. Returns its name. */
export function buildBase(docker: Dockerode, progress: Progress, machine: Machine): Promise<string> {
  const name = baseImageName();
  return once(docker, name, progress, () =>
    withContext("base", contextFiles("base"), async (context) => {
      progress("unpacking Debian's smallest system");
      await makeRootfs(context, machine, progress);
      await build(docker, name, context, {}, progress);
    }),
  );
}

/** Makes an image if Docker lacks it. Concurrent runs that need the same image make it once. Returns its name. */
export async function once(
  docker: Dockerode,
  name: string,
  progress: Progress,
  make: () => Promise<void>,
): Promise<string> {
  if (await hasImage(docker, name)) return name;
  const lockName = name.replaceAll(/[/:]/g, "-");
  await locked(lockName, async () => ((await hasImage(docker, name)) ? undefined : make()), progress);
  return name;
}

/** Runs work in a folder with copies of files. It is on the cache's disk, so that built programs can be hard-linked. */
export async function withContext(
  kind: string,
  files: readonly string[],
  work: (context: string) => Promise<void>,
): Promise<void> {
  const context = await mkdtemp(join(cacheFolder(), `context-${kind}-`));
  try {
    for (const file of files) await copyFile(file, join(context, basename(file)));
    await work(context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Builds an image of this name from a context folder. */
export async function build(
  docker: Dockerode,
  name: string,
  context: string,
  buildargs: Record<string, string>,
  progress: Progress,
): Promise<void> {
  try {
    const proxy = proxyVariables();
    const stream = await docker.buildImage(
      { context, src: await readdir(context) },
      {
        t: name,
        // Proxy credentials are safe in these arguments: Docker keeps its predefined proxy arguments out of the image
        // and its history.
        buildargs: { ...proxy, ...buildargs },
        // Host networking, because the proxy may listen on this machine's loopback.
        ...(Object.keys(proxy).length > 0 && { networkmode: "host" }),
      },
    );
    await follow(docker, stream, progress);
  } catch (error) {
    throw engineFailure(`docker build ${name}`, error, thisMachine);
  }
}

/** Waits for the end of a build or pull and shows its progress. Throws Docker's error with the last output lines. */
export async function follow(docker: Dockerode, stream: NodeJS.ReadableStream, progress: Progress): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const finished = (error: Error | null) =>
      error
        ? reject(new Error([...lines.slice(-8), error.message, `(all of its output: ${outputLog()})`].join("\n")))
        : resolve();
    docker.modem.followProgress(stream, finished, (event: { stream?: string; status?: string; id?: string }) => {
      const line = (event.stream ?? [event.status, event.id].filter(Boolean).join(" ")).trim();
      if (line === "") return;
      lines.push(line);
      keepOutput(line);
      progress(line, "command");
    });
  });
}
