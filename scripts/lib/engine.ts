import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, OpMap, Stack, StepEventMetadata } from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import type { UserError } from "../../model/user-error";
import { projectFolder, projectName } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";
import { isLeft } from "../preview/engine";
import { type PulumiCli, pathWith, pulumiCommand, type Tools } from "../toolchain/index";
import { cannot } from "../toolchain/machine";
import { backendVariables } from "./backend";
import { isPulumiError, pulumiErrors, pulumiFailure } from "./describe-error";
import { endingByItself, interrupted } from "./interruption";
import { isOnAws } from "./load-stack";
import { passphraseVariables, workFolder } from "./passphrase";
import { bypassProxy } from "./proxy";
import { readStackFile } from "./stack-file";

export type EngineTools = Pick<Tools, "pluginPath" | "dockerHost"> & { readonly pulumi: PulumiCli };

/**
 * Opens a stack through the Automation API, with the program that `pulumi up` runs. The engine gets a working folder of
 * its own: it writes a salt into its stack file, and the one in the repository must not change by itself.
 */
export async function openStack(name: string, tools: EngineTools): Promise<Stack> {
  const { LocalWorkspace, StackNotFoundError } = await import("@pulumi/pulumi/automation/index.js");
  // On AWS its operator has made it, with a key for its secrets.
  const open = isOnAws(name) ? "selectStack" : "createOrSelectStack";
  // First: it removes the work of a passphrase that is gone.
  const envVars = engineEnvironment(tools, name);
  const stack = await LocalWorkspace[open](
    {
      stackName: name,
      projectName,
      // Loaded late: what only reads outputs needs no program.
      program: () => (require("../../stacks/program") as typeof import("../../stacks/program")).program(),
    },
    {
      workDir: prepareWork(name),
      pulumiCommand: await pulumiCommand(tools.pulumi),
      envVars,
    },
  ).catch((error: Error) => {
    throw error instanceof StackNotFoundError ? noSuchStack(name) : inItsWords(error);
  });
  return skipResultQueries(stack);
}

/**
 * Skips the queries that the SDK makes after each operation: the history and, with `outputs: false`, the outputs. Each starts
 * the CLI, outputs twice. {@link follow} takes the changes from the operation's events.
 */
export function skipResultQueries(stack: Stack, { outputs = true } = {}): Stack {
  stack.info = async () => undefined;
  if (!outputs) stack.outputs = async () => ({});
  return stack;
}

/** Another one of the same name, made in the wrong place, would bring everything up a second time. */
export function noSuchStack(name: string): UserError {
  return cannot(
    `stack ${name}`,
    "is not in the state that Pulumi is logged in to",
    'Log in where it is, with: pulumi login; where it has never been made, "State" in docs/aws.md has the commands',
  );
}

/** What `pulumi` needs in its environment to find the same state and plugins as our commands. */
export function engineEnvironment(
  { pulumi, pluginPath, dockerHost }: EngineTools,
  stack: string,
): Record<string, string> {
  return {
    PATH: pathWith(pulumi, pluginPath, process.env["PATH"] ?? ""),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
    ...bypassProxy(URL.canParse(dockerHost ?? "") ? [new URL(dockerHost ?? "").hostname] : []),
    ...backendVariables(),
    ...passphraseVariables(stack),
  };
}

/** What `up` and `destroy` take of {@link follow}. */
export interface Following {
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
}

/** An operation's result, and how many resources it created, updated, deleted or left the same. */
export type Followed<Result> = Result & { readonly changes: OpMap };

/** Runs `up` or `destroy`, tells each resource as it changes, and throws what the engine says went wrong. */
export async function follow<Result extends object>(
  operation: (following: Following) => Promise<Result>,
  progress: (line: string) => void,
): Promise<Followed<Result>> {
  const errors: string[] = [];
  let changes: OpMap = {};
  const cancellation = new Cancellation();
  const onEvent = (event: EngineEvent) => {
    const step = event.resourcePreEvent?.metadata;
    if (step && changesSomething(step)) progress(`${operationName(step)} ${step.type} ${step.urn.split("::").at(-1)}`);
    if (event.diagnosticEvent?.severity === "error") errors.push(plain(event.diagnosticEvent.message));
    if (event.summaryEvent) changes = event.summaryEvent.resourceChanges;
    cancellation.hear(event);
  };
  try {
    const result = await endingByItself(() => operation({ onEvent, signal: cancellation.signal }));
    return { ...result, changes };
  } catch (error) {
    if (interrupted.aborted) throw interrupted.reason;
    throw errors.length > 0 ? pulumiFailure(errors) : inItsWords(error as Error);
  }
}

/**
 * Passes an interruption on to the engine, unless it heard of it itself: Ctrl-C reaches every process of the terminal, and
 * at a second signal the engine drops what it is making.
 */
class Cancellation {
  private readonly passedOn = new AbortController();
  private heard = false;
  readonly signal = this.passedOn.signal;

  constructor() {
    interrupted.addEventListener("abort", () =>
      setTimeout(() => this.heard || this.passedOn.abort(), hearingMilliseconds),
    );
  }

  hear({ stdoutEvent }: EngineEvent): void {
    this.heard ||= /received; cancelling/.test(stdoutEvent?.message ?? "");
  }
}

/** How soon the engine says that it was interrupted, many times over. */
const hearingMilliseconds = 1000;

/** What Pulumi itself refused, in its own words; another error as it is. */
function inItsWords(error: Error): Error {
  return isPulumiError(error) ? pulumiFailure(pulumiErrors(error)) : error;
}

/** Components, the stack and providers are in the state alone. */
function changesSomething({ op, type, new: after, old: before }: StepEventMetadata): boolean {
  return op !== "same" && (after ?? before)?.custom === true && !type.startsWith("pulumi:");
}

function operationName(step: StepEventMetadata): string {
  return step.op === "delete" && isLeft(step) ? "leave" : step.op;
}

/** Diagnostics carry `<{%reset%}>` and the like for colours. */
function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}

/** The repository's stack file with the salt that the engine wrote into the copy. */
function prepareWork(stack: string): string {
  const folder = workFolder(stack);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, `Pulumi.${stack}.yaml`);
  const { document } = readStackFile(stack);
  const salt = existsSync(copy) ? parseDocument(readText(copy)).get("encryptionsalt") : undefined;
  if (salt !== undefined && !document.has("encryptionsalt")) document.set("encryptionsalt", salt);
  replaceFile(copy, document.toString());
  replaceFile(join(folder, "Pulumi.yaml"), readText(join(projectFolder, "Pulumi.yaml")));
  return folder;
}
