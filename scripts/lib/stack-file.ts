import { readdirSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import { type Document, isMap, isScalar, parseDocument, type Scalar, visit, type YAMLMap } from "yaml";
import { namespaceErrors, ownNamespace } from "../../model/settings/namespaces";
import { type ConfigError, cannot, throwIfAny } from "../../model/user-error";
import { localFolder, projectFolder, stackFile } from "../../stacks/env";
import { readText } from "../../stacks/read-file";

/** Keys that Pulumi reads in a stack file. */
const members = ["config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

/** A stack's configuration file. Every key of `config` has its namespace, as in the engine. */
export interface StackFile {
  readonly path: string;
  readonly document: Document;
  /** Values of this project's keys, with their namespace. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Reads a stack file as the engine does. All commands read stack files here.
 * @param path replaces the stack's own file
 * @throws UserError if the stack has no file, it is not YAML, or the engine would reject, ignore or misread a value
 */
export function readStackFile(stack: string, path = stackFile(stack)): StackFile {
  if (path === undefined) {
    throw cannot(`stack ${stack}`, `there is no Pulumi.${stack}.yaml`, whichStack(stack));
  }
  // The engine merges `<<` too (gopkg.in/yaml.v3).
  const document = parseDocument(readText(path), { merge: true });
  const content = contentOf(document, path);
  throwIfAny([...memberErrors(content, path), ...scalarErrors(document, path)]);
  const config = document.get("config");
  if (!isMap(config)) return { path, document, config: {} };
  addNamespaces(config, path);
  // Adds namespaces here too: keys that `<<` merges have no node in the document.
  const { config: values } = document.toJS() as { readonly config: Record<string, unknown> };
  const entries = Object.entries(values).map(([key, value]): [string, unknown] => [withNamespace(key), value]);
  throwIfAny(namespaceErrors(entries.map(([key]) => key)));
  return { path, document, config: Object.fromEntries(entries.flatMap(ownEntry)) };
}

function whichStack(stack: string): string {
  const names = [localFolder, projectFolder].flatMap((folder) =>
    readdirSync(folder).flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1] ?? []),
  );
  const others = names.length > 0 ? `, or name a stack that has one: ${[...new Set(names)].sort().join(", ")}` : "";
  const isPublished = ["dev", "prod"].includes(stack);
  return isPublished ? `Restore it with: git checkout Pulumi.${stack}.yaml${others}` : `Create it${others}`;
}

function contentOf(document: Document, path: string): unknown {
  const [error] = document.errors;
  if (error)
    throw cannot(
      path,
      `the file is not valid YAML: ${error.message.split("\n")[0]?.replace(/:$/, "")}`,
      "Correct this line",
    );
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw cannot(
      path,
      `the file is not valid YAML: ${(error as Error).message}`,
      'Quote a value that begins with *, as in "*.example.com"',
    );
  }
}

/** Treats an empty value as not set, as the engine does. */
function ownEntry([key, value]: [string, unknown]): [string, unknown][] {
  return key.startsWith(`${ownNamespace}:`) ? [[key, value ?? ""]] : [];
}

/** Expands keys as the engine does: `name` and `livekit:config:name` mean `livekit:name`. */
function addNamespaces(config: YAMLMap, path: string): void {
  for (const { key } of config.items) if (isScalar(key)) key.value = withNamespace(String(key.value));
  const keys = config.items.map(({ key }) => String(key));
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice) throw cannot(twice, `the key is set twice in ${path}`, "Remove one of the two lines");
}

function withNamespace(key: string): string {
  const [namespace = "", middle, name] = key.split(":");
  if (middle === undefined) return `${ownNamespace}:${namespace}`;
  return middle === "config" && name !== undefined ? `${namespace}:${name}` : key;
}

function memberErrors(content: unknown, path: string): ConfigError[] {
  if (!isMapping(content)) return [notMapping(path, "it")];
  const { config } = content;
  const errors = Object.keys(content)
    .filter((key) => !members.includes(key))
    .map((key) => strayMember(key));
  return isMapping(config ?? {}) ? errors : [...errors, notMapping(path, "config")];
}

function notMapping(path: string, section: string): ConfigError {
  const fix = "Write each setting as a line below config:, such as   livekit:nodes: 2";
  return { key: path, rule: `${section} must be a mapping of keys to values, not a list or a single value`, fix };
}

function strayMember(key: string): ConfigError {
  const own = key.startsWith(`${ownNamespace}:`);
  const rule = own ? "is outside of config" : `is not a key of a stack file; the closest is ${closest(key, members)}`;
  return { key, rule, fix: own ? "Indent it below config:" : "Remove or correct it" };
}

/** Rejects numbers that the engine's YAML version reads differently: `010` is 8 there, and `1_000` is 1000. */
function scalarErrors(document: Document, path: string): ConfigError[] {
  const errors: ConfigError[] = [];
  visit(document, {
    Scalar(where, { type, source = "" }: Scalar) {
      if (where === "key" || type !== "PLAIN" || !/^[-+]?(0\d|0[xob]|\d+_)[\d_a-f]*$/i.test(source)) return;
      const fix = `Quote the value in ${path} if it is text, as in "${source}", or write the number in plain digits`;
      errors.push({ key: path, value: source, rule: "YAML parsers read this number differently", fix });
    },
  });
  return errors;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
