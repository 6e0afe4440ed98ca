import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, OpMap, Stack, StepEventMetadata } from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import { isPulumiError, pulumiErrors, pulumiFailure } from "../../model/errors/describe-error";
import { cannot, type UserError } from "../../model/user-error";
import { cachePlace } from "../../stacks/cache";
import { projectFolder, projectName } from "../../stacks/env";
import { readText } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";
import { isLeft } from "../preview/engine";
import { type PulumiCli, pathWith, pulumiCommand, type Tools } from "../toolchain/index";
import { backendVariables } from "./backend";
import { endingByItself, interrupted } from "./interruption";
import { isOnAws } from "./load-stack";
import { passphraseVariables, workFolder } from "./passphrase";
import { bypassProxy } from "./proxy";
import { readStackFile } from "./stack-file";

export type EngineTools = Pick<Tools, "pluginPath" | "dockerHost"> & { readonly pulumi: PulumiCli };

/**
 * Opens a stack through the Automation API, with the program that `pulumi up` runs. Uses a copy of the stack file,
 * because the engine writes a salt into the file, and commands must not change the repository's file.
 */
export async function openStack(name: string, tools: EngineTools): Promise<Stack> {
  const { LocalWorkspace, StackNotFoundError } = await import("@pulumi/pulumi/automation/index.js");
  // A stack on AWS must exist: the operator creates it, with a key that encrypts its secrets.
  const open = isOnAws(name) ? "selectStack" : "createOrSelectStack";
  // This call must precede `prepareWork`, because engineEnvironment removes the working folder if the passphrase is
  // lost.
  const envVars = engineEnvironment(tools, name);
  const stack = await LocalWorkspace[open](
    {
      stackName: name,
      projectName,
      // Loaded lazily: commands that only read outputs need no program.
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
 * Skips the SDK's queries after each operation: the history and, with `outputs: false`, the outputs. These queries
 * start the CLI three times. {@link follow} counts changes from the operation's events instead.
 */
export function skipResultQueries(stack: Stack, { outputs = true } = {}): Stack {
  stack.info = async () => undefined;
  if (!outputs) stack.outputs = async () => ({});
  return stack;
}

/**
 * Returns the error for a missing stack. Its fix starts with `pulumi login`: a new stack in the wrong backend would
 * create every resource a second time.
 */
export function noSuchStack(name: string): UserError {
  return cannot(
    `stack ${name}`,
    "the stack is not in the backend that Pulumi is logged in to",
    'Log in to the stack\'s backend with: pulumi login; to create the stack, see "Create the state backend" in docs/aws.md',
  );
}

/** Returns the environment in which `pulumi` finds the same state and plugins as our commands. */
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

/** Options that {@link follow} passes to `up`, `preview` and `destroy`. */
export interface Following {
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
}

/** An operation's result, with facts from its events. */
export type Followed<Result> = Result & {
  /** Number of resources that were created, updated, deleted or left unchanged. */
  readonly changes: OpMap;
  /** Warnings of the engine and the program without duplicates, such as a skipped quota check. */
  readonly warnings: readonly string[];
};

/** Reports whether the engine warns about a plugin that this project built and put on PATH. */
function isOnOwnPlugin(warning: string): boolean {
  const [, path] = /^using pulumi-resource-\S+ from \$PATH at (.+)$/.exec(warning) ?? [];
  return path?.startsWith(cachePlace()) ?? false;
}

/** Runs `up`, `preview` or `destroy`, reports each resource that changes, and throws the engine's errors. */
export async function follow<Result extends object>(
  operation: (following: Following) => Promise<Result>,
  progress: (line: string) => void,
): Promise<Followed<Result>> {
  const errors: string[] = [];
  const warnings = new Set<string>();
  let changes: OpMap = {};
  const cancellation = new Cancellation();
  const onEvent = (event: EngineEvent) => {
    const step = event.resourcePreEvent?.metadata;
    if (step && changesSomething(step)) progress(`${operationName(step)} ${step.type} ${step.urn.split("::").at(-1)}`);
    const { severity, message = "" } = event.diagnosticEvent ?? {};
    if (severity === "error") errors.push(plain(message));
    if (severity === "warning" && !isOnOwnPlugin(plain(message))) warnings.add(plain(message));
    if (event.summaryEvent) changes = event.summaryEvent.resourceChanges;
    cancellation.listen(event);
  };
  try {
    const result = await endingByItself(() => operation({ onEvent, signal: cancellation.signal }));
    return { ...result, changes, warnings: [...warnings] };
  } catch (error) {
    if (interrupted.aborted) throw interrupted.reason;
    throw errors.length > 0 ? pulumiFailure(errors) : inItsWords(error as Error);
  }
}

/**
 * Forwards an interruption to the engine, unless Ctrl-C on the terminal has reached it already. A second signal would
 * make the engine abandon the resources that it is creating.
 */
class Cancellation {
  private readonly forwarded = new AbortController();
  private isCancelling = false;
  readonly signal = this.forwarded.signal;

  constructor() {
    interrupted.addEventListener("abort", () =>
      setTimeout(() => this.isCancelling || this.forwarded.abort(), acknowledgeMilliseconds),
    );
  }

  listen({ stdoutEvent }: EngineEvent): void {
    this.isCancelling ||= /received; cancelling/.test(stdoutEvent?.message ?? "");
  }
}

/** Time within which the engine acknowledges an interruption that reached it, with a wide margin. */
const acknowledgeMilliseconds = 1000;

/** Converts Pulumi's own errors to a UserError with the same text; returns other errors unchanged. */
function inItsWords(error: Error): Error {
  return isPulumiError(error) ? pulumiFailure(pulumiErrors(error)) : error;
}

/** Reports whether a step changes a real resource. Components, the stack and providers exist only in the state. */
function changesSomething({ op, type, new: after, old: before }: StepEventMetadata): boolean {
  return op !== "same" && (after ?? before)?.custom === true && !type.startsWith("pulumi:");
}

function operationName(step: StepEventMetadata): string {
  return step.op === "delete" && isLeft(step) ? "leave" : step.op;
}

/** Removes colour codes, such as `<{%reset%}>`, from a diagnostic. */
function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}

/**
 * Copies the repository's stack file to the working folder. Keeps the salt that the engine wrote into the last copy.
 */
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
