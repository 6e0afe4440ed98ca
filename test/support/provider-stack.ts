import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  type EngineEvent,
  LocalWorkspace,
  type OpMap,
  type PulumiFn,
  type Stack,
  type UpdateSummary,
} from "@pulumi/pulumi/automation";
import Docker from "dockerode";
import { tarArchive } from "../../packages/provider-kit/archive";
import { testPrefix } from "../../scripts/testing/test-names";
import { buildPlugins, fallbackProviders, type PluginName } from "../../scripts/toolchain/build-plugins";
import { withoutStackTraces } from "./stack-traces";
import { suiteUnless } from "./suite";

/** Prefix of every name in these tests. It contains the process id, so that parallel test files do not collide. */
const prefix = `${testPrefix}provider-${process.pid}`;

export const named = (name: string) => `${prefix}-${name}`;

/** An image that contains only busybox. */
export const image = `${prefix}:1`;

export const sleep = ["/bin/busybox", "sleep", "600"];

export const docker = new Docker();

/** Declares a suite that needs Pulumi's engine and Docker. */
export function suite(name: string, body: () => void): void {
  suiteUnless(missingRequirement(), name, body);
}

function missingRequirement(): string | undefined {
  if (spawnSync("pulumi", ["version"]).error) return "pulumi is not on PATH";
  if (!process.env["DOCKER_HOST"] && !existsSync("/var/run/docker.sock")) return "there is no Docker engine";
  return undefined;
}

/** A stack on Pulumi's real engine with the fallback providers on PATH and its state in its own folder. */
export interface TestStack {
  readonly folder: string;
  /** Runs one operation. Keeps the output of the engine and its providers, and the events, for `shows`. */
  up(program: PulumiFn): ReturnType<Stack["up"]>;
  preview(program: PulumiFn): ReturnType<Stack["preview"]>;
  refresh(): ReturnType<Stack["refresh"]>;
  destroy(): ReturnType<Stack["destroy"]>;
  /** Reports whether the text is in the backend's state files, including the history, or in the output or events. */
  shows(text: string): boolean;
  remove(): void;
}

export async function openStack(
  names: readonly PluginName[] = fallbackProviders,
  env: Readonly<Record<string, string>> = {},
): Promise<TestStack> {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const plugins = join(folder, "plugins");
  await buildPlugins(plugins, names);
  const stack = await LocalWorkspace.createStack(
    { stackName: "test", projectName: prefix, program: async () => undefined },
    {
      workDir: folder,
      envVars: {
        PATH: `${plugins}:${process.env["PATH"]}`,
        PULUMI_HOME: join(folder, "home"),
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...env,
      },
    },
  );
  let output = "";
  const keep = (text: string) => {
    output += text;
  };
  let resourceChanges: OpMap = {};
  // The original `info` reads the same information from the history, but it would start the CLI once more.
  stack.info = async () => ({ resourceChanges }) as UpdateSummary;
  const onEvent = (event: EngineEvent) => {
    if (event.summaryEvent) resourceChanges = event.summaryEvent.resourceChanges;
    // The SDK's debug lines contain everything it received. They stay in this process and are not stored.
    if (event.diagnosticEvent?.prefix !== "debug: ") keep(JSON.stringify(event));
  };
  const options = { onOutput: keep, onError: keep, onEvent };
  return {
    folder,
    up: (program) => withoutStackTraces(() => stack.up({ ...options, program })),
    preview: (program) => withoutStackTraces(() => stack.preview({ ...options, program })),
    refresh: () => stack.refresh(options),
    destroy: () => stack.destroy(options),
    shows: (text) => output.includes(text) || textOf(join(folder, ".pulumi")).includes(text),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
}

/** Loads the test image from the machine's static busybox, or from Debian's package. */
async function loadImage(): Promise<void> {
  const archive = tarArchive([{ path: "/bin/busybox", content: staticBusybox(), mode: 0o755 }]);
  const progress = await docker.importImage(Readable.from([archive]) as unknown as string, { repo: prefix, tag: "1" });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress as NodeJS.ReadableStream, (error) => (error ? reject(error) : resolve()));
  });
}

function staticBusybox(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}-busybox-`));
  try {
    execFileSync("apt-get", ["download", "busybox-static"], { cwd: folder, stdio: "pipe" });
    const [archive = ""] = readdirSync(folder);
    execFileSync("dpkg", ["-x", archive, "."], { cwd: folder });
    const path = ["bin/busybox", "usr/bin/busybox"].map((name) => join(folder, name)).find(existsSync);
    return readFileSync(path ?? join(folder, "bin/busybox"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs busybox in a container and returns its output. */
export async function execute(container: string, ...command: string[]): Promise<string> {
  const exec = await docker.getContainer(container).exec({
    Cmd: ["/bin/busybox", ...command],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text.trim();
}

/** Returns the names of all volumes. */
export async function volumes(): Promise<string[]> {
  return (await docker.listVolumes()).Volumes.map(({ Name }) => Name);
}

/** Returns the names of a container's mounted volumes. */
export async function volumesOf(container: string): Promise<string[]> {
  const { Mounts } = await docker.getContainer(container).inspect();
  return Mounts.flatMap(({ Name }) => Name ?? []);
}

/** Returns the names of these tests' containers, networks and volumes that exist now. */
export async function leftovers(): Promise<string[]> {
  const [containers, networks, volumeNames] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    volumes(),
  ]);
  const names = [
    ...containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))),
    ...networks.map(({ Name }) => Name),
    ...volumeNames,
  ];
  return names.filter((name) => name.startsWith(prefix));
}

/** Removes what an interrupted run left behind. */
async function cleanUp(): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters: { name: [prefix] } });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const networks = await docker.listNetworks({ filters: { name: [prefix] } });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
  const { Volumes } = await docker.listVolumes({ filters: { name: [prefix] } });
  await Promise.all(Volumes.map(({ Name }) => docker.getVolume(Name).remove()));
}

/** Removes what earlier tests left, loads the test's image into Docker, and opens a stack. */
export async function openDockerStack(): Promise<TestStack> {
  await cleanUp();
  await loadImage();
  return openStack();
}

/** Removes the stack with all that it has created, and the test's image. */
export async function removeDockerStack(stack: TestStack): Promise<void> {
  await stack.destroy();
  await cleanUp();
  await docker.getImage(image).remove({ force: true });
  stack.remove();
}
