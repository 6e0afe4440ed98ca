import type { Machine } from "../../packages/aws-simulator/network/machine";

/** Returns the process id of each running service on a machine, by container name. A changed id means a restart. */
export async function serviceProcesses(machine: Machine): Promise<Record<string, number>> {
  const format = "{{.Name}} {{.State.Pid}}";
  const list = await machine.run(["sh", "-c", `docker inspect --format '${format}' $(docker ps -q)`]);
  const lines = list.trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.slice(1).split(" ")).map(([name, pid]) => [name, Number(pid)]));
}
