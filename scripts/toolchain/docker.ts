import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Dockerode from "dockerode";
import { engineFailure, startAdvice } from "../../model/errors/engine-failure";
import type { Host } from "../../model/fleet";
import { cannot, fixAbove, UserError } from "../../model/user-error";
import { cacheFolder, locked } from "../../stacks/cache";
import { moveAway } from "../../stacks/move-away";
import { readJsonObject } from "../lib/json-file";
import { installPackages } from "./apt";
import { lastLines, type Machine, mayInstall, type Progress, thisMachine } from "./machine";

/** A Docker engine that answers. */
export interface Engine {
  readonly docker: Dockerode;
  /**
   * Value of DOCKER_HOST for other programs to reach the same engine; undefined if they reach it without the variable.
   */
  readonly dockerHost?: string;
}

const startDeadlineSeconds = 60;

/** Connects to the engine of DOCKER_HOST, else of `docker context`, else to the default one. Throws if it is down. */
export async function findEngine(machine: Machine = thisMachine): Promise<Engine> {
  const engine = connect(machine);
  await engine.docker.ping().catch((error: unknown) => {
    throw engineFailure("Docker engine", error, machine, engine.dockerHost);
  });
  return engine;
}

/**
 * Returns the containers' network: the host's network if the engine runs on this machine itself, else a bridge with
 * published ports. With Docker Desktop (on Linux too) or a rootless engine, "host" would mean the network of a virtual
 * machine or of a namespace.
 */
export async function containerNetwork(docker: Dockerode, { platform }: Machine): Promise<Host["network"]> {
  const { OperatingSystem, SecurityOptions }: EngineInfo = await docker.info();
  const apart = OperatingSystem === "Docker Desktop" || SecurityOptions?.some((option) => option.includes("rootless"));
  return platform === "linux" && !apart ? "host" : "bridge";
}

interface EngineInfo {
  readonly OperatingSystem: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** Returns a running engine, which it starts or installs if that is allowed. Otherwise throws an error with the fix. */
export async function ensureEngine(machine: Machine, progress: Progress): Promise<Engine> {
  const engine = connect(machine);
  const failure = await pingFailure(engine.docker);
  if (failure === undefined) return engine;
  const step = nextStep(machine, failure, engine.dockerHost);
  if (step instanceof UserError) throw step;
  return locked(
    "docker-engine",
    async () => {
      if (step === "install") {
        progress("Docker is not installed: installing docker.io and iptables");
        await installPackages(machine, ["docker.io", "iptables"], progress);
      }
      if (await pingFailure(engine.docker)) await start(machine, engine.docker, progress);
      return engine;
    },
    progress,
  );
}

/**
 * Returns how to handle an engine that does not answer: install it, start it, or report an error. Has no side effects.
 */
export function nextStep(machine: Machine, failure: Error, dockerHost?: string): "install" | "start" | UserError {
  const code = (failure as NodeJS.ErrnoException).code;
  if (code === "EACCES" || code === "EPERM" || dockerHost !== undefined) {
    return engineFailure("Docker engine", failure, machine, dockerHost);
  }
  const installed = machine.which("dockerd") !== undefined || machine.which("docker") !== undefined;
  if (mayInstall(machine)) return machine.which("dockerd") === undefined ? "install" : "start";
  if (machine.platform === "linux" && machine.root && machine.which("dockerd") !== undefined) return "start";
  return cannot(
    "Docker engine",
    installed ? "Docker is installed, but the engine does not answer" : "no Docker engine is installed",
    installed ? startAdvice(machine) : installAdvice(machine),
  );
}

function connect(machine: Machine): Engine {
  const named = machine.env["DOCKER_HOST"];
  if (named) {
    checkEndpoint("DOCKER_HOST", named.includes("//") ? named : `tcp://${named}`, "unset DOCKER_HOST");
    return { docker: new Dockerode(), dockerHost: named };
  }
  const dockerHost = contextHost(machine);
  if (dockerHost === undefined) return { docker: new Dockerode() };
  return { docker: new Dockerode(endpointOptions(dockerHost)), dockerHost };
}

/** Returns the engine's address in the current `docker context`; undefined for the default context. */
function contextHost(machine: Machine): string | undefined {
  const folder = machine.env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const named = machine.env["DOCKER_CONTEXT"];
  const context = named || currentContext(join(folder, "config.json"));
  if (!context || context === "default") return undefined;
  const key = `docker context ${context}`;
  const another = named ? "unset DOCKER_CONTEXT" : "docker context use default";
  // The CLI names a context's folder by the SHA-256 digest of the context's name.
  const meta = join(folder, "contexts", "meta", createHash("sha256").update(context).digest("hex"), "meta.json");
  if (!existsSync(meta)) throw cannot(key, "this docker context does not exist", `Choose another context: ${another}`);
  const fix = `Create the context again (docker context create), or choose another context: ${another}`;
  const host = (readJsonObject(meta, fix) as ContextMeta).Endpoints?.docker?.Host;
  if (typeof host !== "string" || host === "") throw cannot(key, `the context's file ${meta} has no Host`, fix);
  checkEndpoint(key, host, another);
  return host;
}

interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: unknown } };
}

function currentContext(config: string): string | undefined {
  if (!existsSync(config)) return undefined;
  const fix = `Correct the file, or move it away and log in to registries again (docker login): ${moveAway(config)}`;
  const { currentContext } = readJsonObject(config, fix);
  if (currentContext === undefined || typeof currentContext === "string") return currentContext;
  throw cannot(`${config} currentContext`, "currentContext must be the name of a docker context", fix);
}

/** Rejects engine addresses of unsupported forms. The client library's error would not name the setting to correct. */
function checkEndpoint(key: string, dockerHost: string, another: string): void {
  if (/^(unix|npipe):\/\//.test(dockerHost)) return;
  if (URL.canParse(dockerHost) && /^(tcp|https?|ssh):$/.test(new URL(dockerHost).protocol)) return;
  const rule = "the engine's address must be unix:///path, tcp://host:2375 or ssh://user@host";
  throw cannot(key, rule, `Correct the address, or choose another engine: ${another}`);
}

function endpointOptions(dockerHost: string): Dockerode.DockerOptions {
  const { protocol, hostname, port, username } = new URL(dockerHost);
  if (protocol === "unix:" || protocol === "npipe:") return { socketPath: dockerHost.slice(`${protocol}//`.length) };
  if (protocol === "ssh:") return { protocol: "ssh", host: hostname, port: port || 22, username };
  return { protocol: protocol === "https:" ? "https" : "http", host: hostname, port: port || 2375 };
}

function pingFailure(docker: Dockerode): Promise<Error | undefined> {
  return docker.ping().then(
    () => undefined,
    (error: Error) => error,
  );
}

async function start(machine: Machine, docker: Dockerode, progress: Progress): Promise<void> {
  progress("Docker is installed but stopped: starting it");
  if (machine.systemd) {
    await machine.run("systemctl", ["start", "docker"], { progress }).catch((error: Error) => {
      throw cannot(
        "systemctl start docker",
        error.message,
        "Find the cause with: journalctl -u docker; fix it, then run the command again",
      );
    });
    return answers(docker, () => undefined, "journalctl -u docker");
  }
  const log = join(cacheFolder(), "dockerd.log");
  progress(`its log: ${log}`);
  const daemon = spawn("dockerd", [], { detached: true, stdio: ["ignore", openSync(log, "w"), openSync(log, "a")] });
  daemon.unref();
  const ended = () => (daemon.exitCode === null ? undefined : lastLines(readFileSync(log, "utf8")));
  await answers(docker, ended, `cat ${log}`);
}

/** Waits until the engine answers. Throws if it has ended, or after the deadline. */
async function answers(docker: Dockerode, ended: () => string | undefined, showLog: string): Promise<void> {
  const deadline = performance.now() + startDeadlineSeconds * 1000;
  while (await pingFailure(docker)) {
    const lastOutput = ended();
    if (lastOutput !== undefined)
      throw cannot(
        "dockerd",
        `the Docker daemon exited immediately: ${lastOutput}`,
        `${fixAbove} (${showLog} shows more)`,
      );
    if (performance.now() > deadline) {
      throw cannot(
        "dockerd",
        `the Docker daemon did not answer within ${startDeadlineSeconds} s of its start`,
        `Read the daemon's log: ${showLog}`,
      );
    }
    await pause(100);
  }
}

function installAdvice({ platform, distribution }: Machine): string {
  if (platform !== "linux")
    return "Install Docker Desktop (https://docs.docker.com/desktop), start it, then run this again";
  const commands: Readonly<Record<string, string>> = {
    debian: "sudo apt-get install docker.io iptables",
    ubuntu: "sudo apt-get install docker.io iptables",
    fedora: "sudo dnf install moby-engine && sudo systemctl start docker",
    arch: "sudo pacman -S docker && sudo systemctl start docker",
    alpine: "doas apk add docker && doas service docker start",
  };
  const command = commands[distribution.id];
  return command
    ? `Install Docker: ${command}`
    : "Install Docker Engine (https://docs.docker.com/engine/install), then run this again";
}
