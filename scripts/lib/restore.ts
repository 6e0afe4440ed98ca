import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import { type ConfigError, UserError } from "../../model/user-error";
import { owner, stackFile, stateFolder, withStackFiles } from "../../stacks/env";
import { replaceFile } from "../../stacks/replace-file";
import { npm } from "./cli";
import { printError } from "./print";

/** Folder with each stack's file as of its last successful start. Secrets in it are encrypted; `.env` is not copied. */
const provenFolder = join(stateFolder, "proven");

const provenFile = (stack: string) => join(provenFolder, `Pulumi.${stack}.yaml`);

/** Keeps the settings of a successful start, for {@link orRestore}. */
export function rememberSettings(stack: string): void {
  const file = stackFile(stack);
  if (file === undefined) return;
  mkdirSync(provenFolder, { recursive: true, mode: 0o700 });
  replaceFile(provenFile(stack), readFileSync(file, "utf8"));
}

/** Removes the kept settings, for example after the passphrase that encrypts their secrets was lost. */
export function forgetSettings(stack: string): void {
  rmSync(provenFile(stack), { force: true });
}

/**
 * Brings a stack up. If that fails after it has replaced running containers, rolls back to the settings of the last
 * successful start.
 * @param bringUp brings the stack up with the current settings of its file. Called again for a rollback
 * @throws UserError if bringing up fails, with or without a rollback
 */
export async function orRestore<Result>(
  stack: string,
  docker: Dockerode,
  bringUp: () => Promise<Result>,
): Promise<Result> {
  const before = await running(stack, docker);
  try {
    return await bringUp();
  } catch (error) {
    if (!(error instanceof UserError) || !hasOtherSettings(stack)) throw error;
    // If Docker has stopped, the error already reports it.
    const after = await running(stack, docker).catch(() => before);
    if (before.every((id) => after.includes(id))) throw error;
    printError("Restoring the settings of the last successful start");
    throw new UserError([...error.errors, await restored(stack, bringUp)]);
  }
}

function hasOtherSettings(stack: string): boolean {
  const [current, proven] = [stackFile(stack), provenFile(stack)];
  return existsSync(proven) && current !== undefined && readFileSync(current, "utf8") !== readFileSync(proven, "utf8");
}

async function restored(stack: string, bringUp: () => Promise<unknown>): Promise<ConfigError> {
  const key = `stack ${stack}`;
  try {
    await withStackFiles(provenFolder, bringUp);
    const fix = `Correct Pulumi.${stack}.yaml and run: ${npm("start", { stack })}`;
    return { key, rule: "the stack runs again with the settings of its last successful start", fix };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = `Fix the errors above and run: ${npm("start", { stack })}`;
    return { key, rule: `the settings of the stack's last successful start fail as well: ${error.message}`, fix };
  }
}

/** Returns the ids of the stack's running containers. */
async function running(stack: string, docker: Dockerode): Promise<string[]> {
  const filters = { label: [`${labels.owner}=${owner(stack)}`], status: ["running"] };
  return (await docker.listContainers({ filters })).map(({ Id }) => Id);
}
