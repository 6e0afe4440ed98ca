import type { Machine } from "./machine";

/** What to say where a rendered compose file can't be run on this machine; undefined where it can. It may be for another one. */
export async function composeNote(machine: Machine): Promise<string | undefined> {
  const version = await machine.run("docker", ["compose", "version", "--short"]).catch(() => "");
  if (/^v?([2-9]|\d\d)/.test(version.trim())) return undefined;
  return "compose.yaml needs docker compose v2, which this machine has not: https://docs.docker.com/compose/install/";
}
