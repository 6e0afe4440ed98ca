import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import { owner } from "../../stacks/env";
import { printError } from "./print";

/** Unpauses a stack's paused containers. Pulumi would leave them paused: it considers a paused container running. */
export async function unpauseContainers(stack: string, docker: Dockerode): Promise<void> {
  const filters = { label: [`${labels.owner}=${owner(stack)}`], status: ["paused"] };
  for (const { Id, Names } of await docker.listContainers({ all: true, filters })) {
    printError(`Unpausing ${Names[0]?.slice(1) ?? Id}`);
    await docker.getContainer(Id).unpause();
  }
}
