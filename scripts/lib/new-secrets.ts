import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import type { SecretKey } from "../../model/settings/schema";
import { envNames } from "../../model/settings/secrets";
import { cannot, UserError } from "../../model/user-error";
import { envFile, localFolder, readEnv, stackFile } from "../../stacks/env";
import { readFile } from "../../stacks/read-file";
import { stateFile } from "./backend";
import { interrupted } from "./interruption";
import { printError } from "./print";
import { freshSecrets } from "./secret-file";
import { readStackFile } from "./stack-file";
import { decompressState } from "./state-format";

/**
 * Prompts before it replaces missing secrets of a running stack in this folder, for example after `.env` was lost.
 * @param named the stack that the secrets are for. A broken file of another stack causes only a warning
 * @param docker undefined if no engine answers
 * @param command the command that replaces the secrets without a prompt; errors suggest it
 * @throws UserError if the answer is not yes, or there is no terminal
 */
export async function confirmNewSecrets(named: string, docker: Dockerode | undefined, command: string): Promise<void> {
  // Leaves out the monitoring password, which is also missing if monitoring was just turned on.
  const needed = Object.keys(freshSecrets()) as SecretKey[];
  if (needed.every((key) => readEnv().secrets[key])) return;
  const missing = (await stacksUp(docker))
    .map((stack) => ({ stack, keys: stack === named ? missingKeys(stack, needed) : keysOfOther(stack, needed) }))
    .filter(({ keys }) => keys.length > 0);
  if (missing.length === 0) return;
  const names = [...new Set(missing.flatMap(({ keys }) => keys))].map((key) => envNames[key]);
  const rule = `lacks ${names.join(", ")} of ${missing.map(({ stack }) => `stack ${stack}`).join(" and ")}, which is up: with new secrets, its tokens and TURN credentials stop working, and its calls end`;
  const lacksKey = names.includes(envNames.apiKey) || names.includes(envNames.apiSecret);
  const copy = lacksKey && existsSync(`${envFile}.livekit`) ? " (.env.livekit has the API key and its secret)" : "";
  const fix = `Restore ${envFile} from a backup${copy}, or create new ones with: ${command}`;
  const userError = cannot(envFile, rule, fix);
  if (!process.stdin.isTTY) throw userError;
  printError(userError.message);
  if (!(await isYes("Create new ones? [y/N] "))) throw cannot(envFile, "nothing was created or changed", fix);
}

async function isYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline intercepts Ctrl-C, so this raises the signal again.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  // The end of the input counts as no.
  const ended = new Promise<string>((done) => terminal.on("close", () => done("")));
  try {
    return /^y(es)?$/i.test(await Promise.race([terminal.question(question, { signal: interrupted }), ended]));
  } finally {
    terminal.close();
  }
}

/** Lists stacks of this folder with containers, or with resources in their state, which is readable without Docker. */
async function stacksUp(docker: Dockerode | undefined): Promise<string[]> {
  const containers = (await docker?.listContainers({ all: true, filters: { label: [labels.owner] } })) ?? [];
  const suffix = ` of ${localFolder}`;
  const owners = containers.map(({ Labels }) => Labels[labels.owner] ?? "").filter((each) => each.endsWith(suffix));
  const labelled = owners.map((each) => each.slice("stack ".length, -suffix.length));
  return [...new Set([...labelled, ...stacksWithResources()])].filter((stack) => stackFile(stack) !== undefined);
}

function stacksWithResources(): string[] {
  const any = stateFile("any");
  const folder = any && dirname(any);
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => {
    const [, name] = /^(.+)\.json(\.gz|\.zst)?$/.exec(file) ?? [];
    if (name === undefined) return [];
    return hasResources(readFile(join(folder, file))) ? [name] : [];
  });
}

/** Reports whether a state has resources. Assumes so if it can't be decompressed: a prompt is safer than lost secrets. */
function hasResources(content: Buffer): boolean {
  try {
    return decompressState(content).includes('"urn":');
  } catch {
    return true;
  }
}

/** Lists the secrets that another stack of this folder lacks. If that stack's file is broken, only prints a warning. */
function keysOfOther(stack: string, needed: readonly SecretKey[]): SecretKey[] {
  try {
    return missingKeys(stack, needed);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printError(`Warning: new secrets in .env may be those of stack ${stack}, which is up: ${error.message}`);
    return [];
  }
}

/** Lists the secrets that a stack lacks. A value in the stack's own file overrides `.env`. */
function missingKeys(stack: string, needed: readonly SecretKey[]): SecretKey[] {
  const { config } = readStackFile(stack);
  if (config["livekit:target"] === "aws") return [];
  const { secrets } = readEnv();
  return needed.filter((key) => !secrets[key] && !config[`livekit:${key}`]);
}
