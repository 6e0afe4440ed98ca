import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Dockerode from "dockerode";
import { parse } from "dotenv";
import { stringify } from "yaml";
import { ownSettings, type StackName } from "./numbers";
import { rootShell } from "./root-shell";

const project = join(__dirname, "../..");
const docker = new Dockerode();

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** stdout and stderr combined. */
  readonly all: string;
}

/**
 * A local stack for one test. Its own folder, name prefix and ports separate it from other tests and from a developer's
 * stack.
 */
export class TestStack {
  readonly name = "test";
  readonly namePrefix: string;
  readonly ports: ReturnType<typeof ownSettings>["ports"];
  readonly redisPort: number;
  /** Folder of `.env`, `.state` and the stack file. */
  readonly home = mkdtempSync(join(tmpdir(), "livekit-stack-"));

  /** Settings in the stack file. */
  settings: Readonly<Record<string, unknown>> = {};

  constructor(name: StackName, settings: Readonly<Record<string, unknown>> = {}) {
    const { namePrefix, ports, redis } = ownSettings(name);
    this.namePrefix = namePrefix;
    this.ports = ports;
    this.redisPort = redis.port;
    mkdirSync(join(this.home, ".state"));
    this.configure(settings);
  }

  /** Writes the stack file: these settings, with the test's prefix and ports. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const { namePrefix, ports, redisPort } = this;
    this.settings = { namePrefix, ports, redis: { port: redisPort }, ...settings };
    const config = Object.fromEntries(Object.entries(this.settings).map(([key, value]) => [`livekit:${key}`, value]));
    writeFileSync(join(this.home, `Pulumi.${this.name}.yaml`), stringify({ config }));
  }

  /** Reads the values of a file in the stack's folder. */
  values(file: ".env" | ".env.livekit"): Record<string, string> {
    return parse(readFileSync(join(this.home, file)));
  }

  /** Path of the local CA's certificate. */
  get caFile(): string {
    return join(this.home, ".state/authority/authority.crt");
  }

  /** Environment of the commands: the test's own folder and backend, independent of the developer's. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LIVEKIT_STACK_HOME: this.home,
      NO_COLOR: "1",
      PULUMI_BACKEND_URL: pathToFileURL(join(this.home, ".state")).href,
      PULUMI_CONFIG_PASSPHRASE: "of the test",
    };
  }

  /** Starts `npm run <command> -- ... --stack test` in its own process group. */
  spawn(command: string, ...args: string[]) {
    return spawn("node", ["scripts/bin.mjs", command, ...args, "--stack", this.name], {
      cwd: project,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Runs a command until it ends. */
  command(command: string, ...args: string[]): Promise<Ended> {
    return ended(this.spawn(command, ...args));
  }

  /** Starts the stack. @throws Error with the command's output if it fails */
  async start(): Promise<string> {
    const { exitCode, all } = await this.command("start");
    if (exitCode !== 0) throw new Error(`npm start failed:\n${all}`);
    return all;
  }

  /**
   * Removes the stack and its folder. @throws Error if that fails or leaves a container, network or volume in Docker
   */
  async remove(): Promise<void> {
    const { exitCode, all } = await this.command("stop", "--volumes");
    const { Volumes } = await docker.listVolumes({ filters: { name: [`${this.namePrefix}-`] } });
    const left = [...(await this.containers()).flatMap(({ Names }) => Names), ...Volumes.map(({ Name }) => Name)];
    if (exitCode !== 0 || left.length > 0) throw new Error(`npm stop left ${left.join(", ") || "nothing"}:\n${all}`);
    rmSync(this.home, { recursive: true });
  }

  /** Runs a shell script that can see and signal the processes of the stack's containers. */
  async rootShell(script: string): Promise<string> {
    const [container] = await this.containers();
    if (container === undefined) throw new Error("the stack has no container");
    return rootShell(docker, container.ImageID, script);
  }

  /** Returns every container of the stack, running or not. */
  containers(): Promise<Dockerode.ContainerInfo[]> {
    return docker.listContainers({ all: true, filters: { label: [`livekit-stack=${this.namePrefix}`] } });
  }

  /** Inspects the running containers. */
  async running(): Promise<Dockerode.ContainerInspectInfo[]> {
    const running = (await this.containers()).filter(({ State }) => State === "running");
    return Promise.all(running.map(({ Id }) => docker.getContainer(Id).inspect()));
  }
}

/** Returns what a process printed, and how it ended. */
export async function ended(child: ReturnType<TestStack["spawn"]>): Promise<Ended> {
  let [stdout, all] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (all += text));
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, all };
}
