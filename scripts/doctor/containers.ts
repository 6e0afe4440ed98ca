import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import type { ServiceSpec } from "../../model/service";
import { npm } from "../lib/cli";
import { type Check, CheckFailure } from "./check";
import type { DoctorContext } from "./context";

/** Returns a check for each container: it exists, runs and is healthy. */
export function containerChecks(context: DoctorContext): Check[] {
  return context.specs.map((spec) => ({
    title: `container ${containerName(context, spec)}`,
    service: spec.kind,
    ofContainer: true as const,
    fix: `Read the container's log: ${npm("logs", context, spec.kind)}`,
    run: () => checkContainer(context, spec),
  }));
}

/** Counts the running containers of the stack. @throws the Docker engine's error */
export async function countRunning({ docker, fleet }: DoctorContext): Promise<number> {
  return (await docker.listContainers({ filters: { label: [`${labels.stack}=${fleet.namePrefix}`] } })).length;
}

/**
 * Runs a command in a service's container and returns its output, standard output and error together.
 * @param env variables of the command. Pass secrets here: arguments are visible in process lists
 */
export async function execute(
  context: DoctorContext,
  spec: ServiceSpec,
  command: readonly string[],
  env: readonly string[] = [],
): Promise<string> {
  const container = context.docker.getContainer(containerName(context, spec));
  const exec = await container.exec({ Cmd: [...command], Env: [...env], Tty: true, AttachStdout: true });
  return text(await exec.start({ Tty: true }));
}

async function checkContainer(context: DoctorContext, spec: ServiceSpec): Promise<string> {
  const { State, RestartCount } = await inspect(context, spec);
  const health = State.Health?.Status;
  if (!State.Running) {
    const code = State.Status === "exited" ? ` with code ${State.ExitCode}` : "";
    const cause = `it is ${State.Status}${code}${State.OOMKilled ? ", out of memory" : ""}`;
    // Docker restarts a container that exits by itself, so this one was stopped manually.
    throw new CheckFailure(cause, State.Restarting ? undefined : `docker start ${containerName(context, spec)}`);
  }
  if (State.Paused) throw new CheckFailure("it is paused", `docker unpause ${containerName(context, spec)}`);
  if (health !== "healthy")
    throw new CheckFailure(`it is ${State.Status}, its health status is ${health ?? "unknown"}`);
  return `running, healthy${RestartCount > 0 ? `, restarted ${RestartCount} times` : ""}`;
}

async function inspect(context: DoctorContext, spec: ServiceSpec): Promise<Dockerode.ContainerInspectInfo> {
  try {
    return await context.docker.getContainer(containerName(context, spec)).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    throw new CheckFailure("it does not exist", npm("start", context));
  }
}

function containerName({ fleet }: DoctorContext, { name }: ServiceSpec): string {
  return `${fleet.namePrefix}-${name}`;
}
