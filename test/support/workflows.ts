import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../../stacks/env";

export const workflowsFolder = join(projectFolder, ".github/workflows");

export interface WorkflowStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps?: readonly WorkflowStep[];
}

export interface Workflow {
  readonly file: string;
  /** The file's text, with its comments. */
  readonly text: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function readWorkflows(): Workflow[] {
  return readdirSync(workflowsFolder).map((file) => {
    const text = readFileSync(join(workflowsFolder, file), "utf8");
    const workflow = parse(text);
    const on = typeof workflow.on === "string" ? { [workflow.on]: null } : workflow.on;
    return { file, text, ...workflow, on };
  });
}
