import type { Stack } from "@pulumi/pulumi/automation";
import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import { mostPrefix } from "../../model/settings/formats";
import { cannot, UserError } from "../../model/user-error";
import { removeContainer } from "../../packages/provider-kit/remove-container";
import { owner } from "../../stacks/env";
import { printError } from "./print";

interface Found {
  readonly id: string;
  readonly name: string;
  readonly owner: string | undefined;
  remove(): Promise<unknown>;
}

/**
 * Removes the stack's containers and networks that are missing in the engine's state, because a command was killed
 * while it created them. They would keep their names and ports forever.
 */
export async function removeOrphans(stack: Stack, docker: Dockerode): Promise<void> {
  for (const { name, remove } of await unknown(stack, docker, ownedBy(stack.name))) {
    printError(`Removing ${name}, left by a command that was interrupted`);
    await remove();
  }
}

/** Removes the stack's containers and networks, whether or not a state has them. */
export async function removeAll(stack: string, docker: Dockerode): Promise<void> {
  for (const { name, remove } of await all(docker, ownedBy(stack))) {
    printError(`Removing ${name}`);
    await remove();
  }
}

function ownedBy(stack: string): string {
  return `${labels.owner}=${owner(stack)}`;
}

/**
 * Rejects an empty state if the stack has healthy containers: then Pulumi uses the wrong backend. Without this check,
 * the running stack would be removed as orphans.
 * @throws UserError that names the backend
 */
export async function rejectOtherState(stack: Stack, docker: Dockerode): Promise<void> {
  if ((await resources(stack)).length > 0) return;
  const filters = { label: [ownedBy(stack.name)], health: ["healthy"] };
  const serving = await docker.listContainers({ filters });
  if (serving.length === 0) return;
  const { url } = await stack.workspace.whoAmI();
  throw cannot(
    `stack ${stack.name}`,
    `the stack's state at ${url} is empty, but the stack's containers ${serving.map(({ Names }) => Names[0]?.slice(1)).join(", ")} are running`,
    "Choose the backend that has the stack's state (PULUMI_BACKEND_URL, pulumi login), or take the stack down with: npm stop",
  );
}

/** @throws UserError if containers or networks of another stack or folder have this stack's names */
export async function rejectForeign(stack: Stack, docker: Dockerode, namePrefix: string): Promise<void> {
  const found = await unknown(stack, docker, `${labels.stack}=${namePrefix}`);
  const foreign = found.filter((each) => each.owner !== owner(stack.name));
  if (foreign.length === 0) return;
  const owners = [...new Set(foreign.map(({ owner }) => owner ?? "something else, such as a rendered compose folder"))];
  throw new UserError([
    {
      key: "livekit:namePrefix",
      value: namePrefix,
      rule: `this prefix is taken by ${owners.join(" and ")}, which has the containers or networks ${foreign.map(({ name }) => name).join(", ")}`,
      fix: `Take the other stack down in its own folder, or choose another prefix with: pulumi config set livekit:namePrefix ${otherPrefix(namePrefix)}`,
    },
  ]);
}

/** Returns another prefix, no longer than a prefix may be. */
export function otherPrefix(namePrefix: string): string {
  return namePrefix.slice(0, mostPrefix - 2) + (namePrefix.endsWith("-2") ? "-3" : "-2");
}

async function resources(stack: Stack): Promise<readonly { readonly id: string }[]> {
  return (await stack.exportStack()).deployment.resources ?? [];
}

async function unknown(stack: Stack, docker: Dockerode, label: string): Promise<Found[]> {
  const found = await all(docker, label);
  if (found.length === 0) return [];
  const known = new Set((await resources(stack)).map(({ id }) => id));
  return found.filter(({ id }) => !known.has(id));
}

/** Lists containers before networks, which can't be removed while containers are attached. */
async function all(docker: Dockerode, label: string): Promise<Found[]> {
  const filters = { label: [label] };
  const containers = (await docker.listContainers({ all: true, filters })).map(({ Id, Names, Labels }) => ({
    id: Id,
    name: Names[0]?.slice(1) ?? Id,
    owner: Labels[labels.owner],
    // Tolerates a concurrent removal: a provider plugin that outlives its engine removes a container that it was
    // creating.
    remove: () => removeContainer(docker.getContainer(Id)),
  }));
  const networks = (await docker.listNetworks({ filters })).map(({ Id, Name, Labels }) => ({
    id: Id,
    name: `network ${Name}`,
    owner: Labels?.[labels.owner],
    remove: () => docker.getNetwork(Id).remove(),
  }));
  return [...containers, ...networks];
}
