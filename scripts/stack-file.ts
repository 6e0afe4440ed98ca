import { readFileSync } from "node:fs";
import { closest, distance } from "fastest-levenshtein";
import { type Document, parseDocument } from "yaml";
import { type Fault, Refusal } from "../model/fault";
import { slip } from "../model/settings/parse";
import { projectName, stackFile } from "../stacks/env";
import { cannot } from "./tools/machine";

/** What Pulumi reads in a stack file. */
const members = ["config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

/** A stack's configuration file, read and looked over. */
export interface StackFile {
  readonly path: string;
  readonly document: Document;
  /** Values of the stack's own keys, with their namespace. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * @param path in place of the stack's own file
 * @throws Refusal where the stack has no file, or it is no YAML
 */
export function readStackFile(stack: string, path = stackFile(stack)): StackFile {
  if (path === undefined) {
    throw cannot(`stack ${stack}`, `there is no Pulumi.${stack}.yaml`, "Name a stack that has one, such as dev");
  }
  const document = parseDocument(readFileSync(path, "utf8"));
  const [error] = document.errors;
  if (error)
    throw new Refusal([{ key: path, rule: `is not YAML: ${error.message.split("\n")[0]}`, fix: "Mend that line" }]);
  const { config } = contentOf(document);
  return { path, document, config: Object.fromEntries(Object.entries(config).filter(([key]) => isOwn(key))) };
}

/** What a slip of the pen makes of a key, which Pulumi would pass over in silence. */
export function strayKeys({ document }: StackFile): Fault[] {
  const { members, config } = contentOf(document);
  return [...strayMembers(members), ...strayNamespaces(config)];
}

function contentOf(document: Document) {
  const content = (document.toJS() ?? {}) as Record<string, unknown>;
  return { members: Object.keys(content), config: (content["config"] ?? {}) as Record<string, unknown> };
}

function isOwn(key: string): boolean {
  return key.startsWith(`${projectName}:`);
}

function strayMembers(found: readonly string[]): Fault[] {
  return found
    .filter((key) => !members.includes(key))
    .map((key) => ({
      key,
      rule: isOwn(key)
        ? "stands outside of config"
        : `is nothing that a stack file has; the nearest is ${closest(key, members)}`,
      fix: isOwn(key) ? "Indent it below config:" : "Remove it, or write it right",
    }));
}

function strayNamespaces(config: Readonly<Record<string, unknown>>): Fault[] {
  return Object.keys(config)
    .filter((key) => !isOwn(key) && distance(key.split(":")[0] ?? "", projectName) <= slip)
    .map((key) => ({
      key,
      rule: `has a namespace that nothing reads; the nearest is ${projectName}`,
      fix: `Write it as ${projectName}:${key.split(":")[1] ?? "KEY"}`,
    }));
}
