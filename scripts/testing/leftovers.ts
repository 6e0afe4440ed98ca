import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { removeContainer } from "../../packages/provider-kit/remove-container";
import { rehearsalExists, removeRehearsal, removeSimulators } from "../rehearsal/rehearsal";
import { Workspace } from "../rehearsal/workspace";
import { rehearsalPrefix, simulatorNumbers, testPrefix } from "./test-names";

const isTests = (name: string) => name.startsWith(testPrefix);

/** Returns the workspace of a test's rehearsal, which `npm run rehearse` keeps in its local folder. */
export function workspaceIn(folder: string): Workspace {
  return Workspace.of("prod", join(folder, ".state", "rehearsals"));
}

/**
 * Removes the containers, networks, volumes, simulators and rehearsals that killed tests have left. They use names, ports and
 * memory that the next run needs. No other run may be in progress.
 * @param report receives a line for each removal
 * @param temporary folder that contains the tests' rehearsals. @default the system's temporary folder
 */
export async function removeLeftovers(
  docker: Dockerode,
  report: (line: string) => void,
  temporary = tmpdir(),
): Promise<void> {
  const announce = (name: string) => report(`Removing ${name}, left by a test that was interrupted`);
  for (const { Id, Names } of await docker.listContainers({ all: true })) {
    const name = Names.map((each) => each.slice(1)).find(isTests);
    if (name === undefined) continue;
    announce(name);
    await removeContainer(docker.getContainer(Id));
  }
  for (const { Id, Name } of (await docker.listNetworks()).filter(({ Name }) => isTests(Name))) {
    announce(`network ${Name}`);
    await docker.getNetwork(Id).remove();
  }
  for (const { Name } of (await docker.listVolumes()).Volumes.filter(({ Name }) => isTests(Name))) {
    announce(`volume ${Name}`);
    await docker.getVolume(Name).remove();
  }
  for (const number of await removeSimulators(docker, Object.values(simulatorNumbers))) announce(`simulator ${number}`);
  for (const name of readdirSync(temporary).filter((name) => name.startsWith(rehearsalPrefix))) {
    const folder = join(temporary, name);
    const workspace = workspaceIn(folder);
    // Skips a rehearsal without containers on this Docker engine: it may run on another one.
    if (!(await rehearsalExists(workspace, docker))) continue;
    announce(`the rehearsal in ${folder}`);
    await removeRehearsal(workspace, docker);
    rmSync(folder, { recursive: true });
  }
}
