import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type Dockerode from "dockerode";
import { type Inputs, inputsKey } from "../../images/inputs";
import type { Fleet } from "../../model/fleet";
import { labels } from "../../model/labels";
import { planCertificate } from "../../stacks/certificate-end";
import { envFile, projectFolder, stackFile, stateFolder } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { stateFile } from "./backend";
import { hasEncrypted } from "./load-stack";

/**
 * Reports whether the engine has nothing to do: the program, settings, secrets, machine, state, containers and their
 * health are as the last `npm start` left them, and no certificate is due for renewal.
 */
export async function isUpToDate(stack: string, fleet: Fleet, docker: Dockerode): Promise<boolean> {
  const file = recordFile(stack);
  return existsSync(file) && readText(file) === (await digest(stack, fleet, docker));
}

/** Records the result of a start, for {@link isUpToDate}. */
export async function rememberStart(stack: string, fleet: Fleet, docker: Dockerode): Promise<void> {
  const file = recordFile(stack);
  const left = await digest(stack, fleet, docker);
  if (left === undefined) return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, left, { mode: 0o600 });
}

function recordFile(stack: string): string {
  return join(stateFolder, "left", stack);
}

/**
 * Returns a digest of everything that {@link isUpToDate} compares. Undefined if the state is on another machine, where
 * other users may change it, or if only the engine can decrypt a secret.
 */
async function digest(stack: string, fleet: Fleet, docker: Dockerode): Promise<string | undefined> {
  const state = stateFile(stack);
  const settings = stackFile(stack);
  if (state === undefined || settings === undefined) return undefined;
  const files = [envFile, settings, state];
  if (!files.every((file) => existsSync(file)) || hasEncrypted(stack)) return undefined;
  const contents = Object.fromEntries([...files, ...programFiles()].map((file) => [file, readFileSync(file, "utf8")]));
  return inputsKey({
    ...contents,
    fleet: JSON.stringify(fleet),
    certificateEnd: planCertificate(stack, fleet.nodes[0].certificateNames).end,
    ...(await containers(fleet, docker)),
  });
}

/** Lists the source files of the program and of everything that it runs. */
function programFiles(): string[] {
  const folders = ["stacks", "model", "templates", "components", "packages", "images", "page", "scripts"];
  const entries = folders.flatMap((folder) =>
    readdirSync(join(projectFolder, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return ["package-lock.json", ...entries]
    .map((name) => join(projectFolder, name))
    .filter((path) => statSync(path).isFile());
}

/**
 * Returns each container's health, and its properties that `refresh` compares. Omits times and process ids: restarts
 * change them.
 */
async function containers({ namePrefix }: Fleet, docker: Dockerode): Promise<Inputs> {
  const listed = await docker.listContainers({ all: true, filters: { label: [`${labels.stack}=${namePrefix}`] } });
  const inspected = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  return Object.fromEntries(
    inspected.map(({ Id, Name, Config, HostConfig, State, NetworkSettings }) => {
      const networks = Object.keys(NetworkSettings.Networks).sort();
      return [Id, JSON.stringify([Name, Config, HostConfig, State.Status, State.Health?.Status, networks])];
    }),
  );
}
