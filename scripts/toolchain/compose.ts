import type { Machine } from "./machine";

/**
 * Returns a note if this machine can't run a rendered compose file; undefined if it can. No error: the file may be for
 * another machine.
 */
export async function composeNote(machine: Machine): Promise<string | undefined> {
  const version = await machine.run("docker", ["compose", "version", "--short"]).catch(() => "");
  if (/^v?([2-9]|\d\d)/.test(version.trim())) return undefined;
  return "compose.yaml requires docker compose v2, which is not installed: https://docs.docker.com/compose/install/";
}
