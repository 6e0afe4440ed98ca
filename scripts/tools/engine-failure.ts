import { Refusal } from "../../model/fault";
import { cannot, fixAbove, type Machine, thisMachine } from "./machine";

/** The Docker engine's errors in words: permission, disk, nobody there; else what it said. */
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

export function startAdvice({ platform, systemd }: Machine, dockerHost?: string): string {
  if (platform !== "linux") return "Start Docker Desktop, wait until it says running, then run this again";
  if (dockerHost) return "Start it there, or choose another: unset DOCKER_HOST, docker context use default";
  return systemd ? "Start it: sudo systemctl start docker" : "Start it: sudo dockerd";
}
