import { cannot, fixAbove, UserError } from "../user-error";

/** Facts about the machine that descriptions of the Docker engine's errors depend on. */
export interface EngineMachine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether systemd is this machine's init. */
  readonly systemd: boolean;
}

/**
 * Describes an error of the Docker engine: permission denied, disk full or not running. For any other error, shows the
 * engine's message.
 * @param dockerHost address of the engine, from the docker context. @default DOCKER_HOST
 */
export function engineFailure(
  what: string,
  error: unknown,
  machine: EngineMachine,
  dockerHost: string | undefined = machine.env["DOCKER_HOST"],
): UserError {
  if (error instanceof UserError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") {
    const isLinux = machine.platform === "linux";
    const fix = isLinux
      ? "Join the group docker and log in again: sudo usermod -aG docker $USER"
      : startAdvice(machine);
    return cannot(what, "this user has no access to the Docker engine", fix);
  }
  if (/no space left on device/i.test(message)) {
    return cannot(
      what,
      "the engine's disk is full",
      "Free space (`docker system df` shows what uses it), then run the command again",
    );
  }
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    const where = dockerHost ? ` at ${dockerHost}` : "";
    return cannot(what, `no Docker engine answers${where} (${code})`, startAdvice(machine, dockerHost));
  }
  return cannot(what, `the Docker engine reports an error: ${message}`, fixAbove);
}

export function startAdvice({ platform, systemd }: EngineMachine, dockerHost?: string): string {
  const isElsewhere = /^(tcp|https?|ssh):/.test(dockerHost ?? "");
  if (dockerHost && (isElsewhere || platform === "linux")) {
    return "Start it there, or choose another: unset DOCKER_HOST, docker context use default";
  }
  if (platform !== "linux") return "Start Docker Desktop, wait until it is running, then run the command again";
  return systemd ? "Start it: sudo systemctl start docker" : "Start it: sudo dockerd";
}
