import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Dockerode from "dockerode";
import { Refusal } from "../../model/fault";
import type { Host } from "../../model/fleet";
import { installPackages } from "./apt";
import { cacheFolder, locked } from "./cache";
import { cannot, fixAbove, lastLines, type Machine, mayInstall, type Progress, thisMachine } from "./machine";

/** A Docker engine that answers. */
export interface Engine {
  readonly docker: Dockerode;
  /** What other programs need as DOCKER_HOST to reach the same engine; undefined for their default. */
  readonly dockerHost?: string;
}

const startDeadlineSeconds = 60;

/** The engine that DOCKER_HOST, the current `docker context` or the default socket names. Throws when it doesn't answer. */
export async function findEngine(machine: Machine = thisMachine): Promise<Engine> {
  const engine = connect(machine);
  await engine.docker.ping().catch((error: unknown) => {
    throw engineFailure("Docker engine", error, machine, engine.dockerHost);
  });
  return engine;
}

/**
 * The network that containers share ports and addresses with this machine by: its own, where the engine runs on it; a
 * bridge with published ports, where "host" is Docker Desktop's virtual machine (on Linux as well) or a rootless engine's
 * namespace.
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

/** A running engine: the one that answers, else one started or installed where we may, else a refusal saying what to do. */
export async function ensureEngine(machine: Machine, progress: Progress): Promise<Engine> {
  const engine = connect(machine);
  const failure = await pingFailure(engine.docker);
  if (failure === undefined) return engine;
  const step = nextStep(machine, failure, engine.dockerHost);
  if (step instanceof Refusal) throw step;
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

/** What to do about an engine that doesn't answer: pure, so that a table can test it. */
export function nextStep(machine: Machine, failure: Error, dockerHost?: string): "install" | "start" | Refusal {
  const code = (failure as NodeJS.ErrnoException).code;
  if (code === "EACCES" || code === "EPERM" || dockerHost !== undefined) {
    return engineFailure("Docker engine", failure, machine, dockerHost);
  }
  const installed = machine.which("dockerd") !== undefined || machine.which("docker") !== undefined;
  if (mayInstall(machine)) return machine.which("dockerd") === undefined ? "install" : "start";
  if (machine.platform === "linux" && machine.root && machine.which("dockerd") !== undefined) return "start";
  return cannot(
    "Docker engine",
    installed ? "it is installed but doesn't answer" : "none is installed",
    installed ? startAdvice(machine) : installAdvice(machine),
  );
}

/** The engine's errors in words: permission, disk, nobody there; else what it said. */
export function engineFailure(
  what: string,
  error: unknown,
  machine: Machine = thisMachine,
  dockerHost?: string,
): Refusal {
  if (error instanceof Refusal) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") {
    return cannot(
      what,
      "this user may not talk to the Docker engine",
      "Join its group and log in anew: sudo usermod -aG docker $USER",
    );
  }
  if (/no space left on device/i.test(message)) {
    return cannot(
      what,
      "the engine's disk is full",
      "Free space (`docker system df` shows what uses it), then run this again",
    );
  }
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    const where = dockerHost ? ` at ${dockerHost}` : "";
    return cannot(what, `nothing answers${where} (${code})`, startAdvice(machine, dockerHost));
  }
  return cannot(what, `failed: ${message}`, fixAbove);
}

function connect(machine: Machine): Engine {
  const dockerHost = machine.env["DOCKER_HOST"] || contextHost(machine) || undefined;
  if (machine.env["DOCKER_HOST"] || dockerHost === undefined) return { docker: new Dockerode(), dockerHost };
  return { docker: new Dockerode(endpointOptions(dockerHost)), dockerHost };
}

/** Where the current `docker context` points, undefined for the default one. */
function contextHost(machine: Machine): string | undefined {
  const folder = machine.env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const config = join(folder, "config.json");
  const context =
    machine.env["DOCKER_CONTEXT"] ||
    (existsSync(config) ? JSON.parse(readFileSync(config, "utf8")).currentContext : undefined);
  if (!context || context === "default") return undefined;
  // The CLI names a context's folder by the digest of its name.
  const meta = join(folder, "contexts", "meta", createHash("sha256").update(context).digest("hex"), "meta.json");
  if (!existsSync(meta))
    throw cannot(`docker context ${context}`, "it doesn't exist", "Choose another: docker context use default");
  return JSON.parse(readFileSync(meta, "utf8")).Endpoints.docker.Host;
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
        "journalctl -u docker shows why; fix it, then run this again",
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

/** Waits until the engine answers. Throws when it ended or the deadline has passed. */
async function answers(docker: Dockerode, ended: () => string | undefined, showLog: string): Promise<void> {
  const deadline = performance.now() + startDeadlineSeconds * 1000;
  while (await pingFailure(docker)) {
    const said = ended();
    if (said !== undefined) throw cannot("dockerd", `ended at once: ${said}`, `${fixAbove} (${showLog} shows more)`);
    if (performance.now() > deadline) {
      throw cannot("dockerd", `no answer within ${startDeadlineSeconds} s of its start`, `See why: ${showLog}`);
    }
    await pause(100);
  }
}

function startAdvice({ platform, systemd }: Machine, dockerHost?: string): string {
  if (platform !== "linux") return "Start Docker Desktop, wait until it says running, then run this again";
  if (dockerHost) return "Start it there, or choose another: unset DOCKER_HOST, docker context use default";
  return systemd ? "Start it: sudo systemctl start docker" : "Start it: sudo dockerd";
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
    ? `Install it: ${command}`
    : "Install Docker Engine (https://docs.docker.com/engine/install), then run this again";
}
