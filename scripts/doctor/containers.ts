import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import type { ServiceSpec } from "../../model/service";
import { npm } from "../cli";
import { type Check, CheckFailure } from "./check";
import type { Subject } from "./subject";

/** One check a container: it exists, runs and is healthy. */
export function containerChecks(subject: Subject): Check[] {
  return subject.specs.map((spec) => ({
    title: `container ${containerName(subject, spec)}`,
    service: spec.kind,
    ofContainer: true as const,
    fix: `See why: ${npm("logs", subject, spec.kind)}`,
    run: () => checkContainer(subject, spec),
  }));
}

/** How many containers of the stack run. @throws the engine's error */
export async function countRunning({ docker, fleet }: Subject): Promise<number> {
  return (await docker.listContainers({ filters: { label: [`${labels.stack}=${fleet.namePrefix}`] } })).length;
}

/**
 * Runs a command in a service's container and returns what it printed, both streams together.
 * @param env the only way for a secret: arguments show in process lists
 */
export async function execute(
  subject: Subject,
  spec: ServiceSpec,
  command: readonly string[],
  env: readonly string[] = [],
): Promise<string> {
  const container = subject.docker.getContainer(containerName(subject, spec));
  const exec = await container.exec({ Cmd: [...command], Env: [...env], Tty: true, AttachStdout: true });
  return text(await exec.start({ Tty: true }));
}

async function checkContainer(subject: Subject, spec: ServiceSpec): Promise<string> {
  const { State, RestartCount } = await inspect(subject, spec);
  const health = State.Health?.Status;
  if (!State.Running) {
    const code = State.Status === "exited" ? ` with code ${State.ExitCode}` : "";
    const cause = `it is ${State.Status}${code}${State.OOMKilled ? ", out of memory" : ""}`;
    // One that ends by itself is started again by the engine: this one was stopped by hand.
    throw new CheckFailure(cause, State.Restarting ? undefined : `docker start ${containerName(subject, spec)}`);
  }
  if (State.Paused) throw new CheckFailure("it is paused", `docker unpause ${containerName(subject, spec)}`);
  if (health !== "healthy")
    throw new CheckFailure(`it is ${State.Status}, its health check says ${health ?? "nothing"}`);
  return `running, healthy${RestartCount > 0 ? `, restarted ${RestartCount} times` : ""}`;
}

async function inspect(subject: Subject, spec: ServiceSpec): Promise<Dockerode.ContainerInspectInfo> {
  try {
    return await subject.docker.getContainer(containerName(subject, spec)).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    throw new CheckFailure("it does not exist", npm("start", subject));
  }
}

function containerName({ fleet }: Subject, { name }: ServiceSpec): string {
  return `${fleet.namePrefix}-${name}`;
}
