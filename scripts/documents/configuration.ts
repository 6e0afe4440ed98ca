import { z } from "zod";
import type { KeySpec } from "../../model/settings/key-spec";
import { type KeyName, keyNames, keySpecs, type SecretKey, secretKeys } from "../../model/settings/schema";
import { secretRules } from "../../model/settings/secrets";

const intro = `# Configuration

Set a key of the selected stack with the commands in its section. Restore its default with \`pulumi config rm\`.

If \`pulumi\` is not on the PATH, run \`npm run pulumi --\` instead: for \`dev\`, or for another stack with \`-s NAME\`.

The stack validates all keys before it creates anything, and reports all errors together.

This page lists every key of the \`livekit:\` namespace. It is generated from \`model/settings/schema.ts\`; a test compares
the two.`;

/** Renders docs/configuration.md from the schema. */
export function renderConfigurationReference(): string {
  return `${[intro, ...keyNames.map((name) => section(name, keySpecs[name]))].join("\n\n")}\n`;
}

function section(name: KeyName, spec: KeySpec): string {
  const key = `livekit:${name}`;
  return [
    `## \`${key}\``,
    // Markdown would treat a placeholder such as <domain> as an HTML element.
    spec.description.replaceAll("<", "\\<"),
    table(name, spec),
    ...memberTable(spec),
    `\`\`\`bash\n${commands(name, spec).join("\n")}\n\`\`\``,
  ].join("\n\n");
}

/** Returns the commands that set a key to its example value, and set the other keys that this value requires. */
function commands(name: KeyName, { example, needs = [] }: KeySpec): readonly string[] {
  const key = `livekit:${name}`;
  // Pulumi prompts for a secret on the terminal, so that it never enters the shell's history.
  const own = isSecret(name) ? `--secret ${key}` : example.startsWith("--path") ? example : `${key} ${example}`;
  return [own, ...needs].map((args) => `pulumi config set ${args}`);
}

function table(name: KeyName, { type, schema, secret, ...spec }: KeySpec): string {
  const rows = [
    ["type", secret ? `${type}, secret` : type],
    ["allowed", isSecret(name) ? secretRules(name).map(allowedByRule).join("; ") : allowed(schema)],
    ["default", shownDefault(spec.default)],
  ];
  return ["| | |", "| --- | --- |", ...rows.map(([what, text]) => `| ${what} | ${text} |`)].join("\n");
}

/** Removes a rule's verb. @example allowedByRule("must have at least 32 characters") // "at least 32 characters" */
function allowedByRule(rule: string): string {
  return rule.replace(/^must (?:be|have) /, "").replace(/^must not be /, "not ");
}

function memberTable({ schema }: KeySpec): readonly string[] {
  const rows = members(schema).map(([name, member]) => {
    const title = member.meta()?.title ?? "";
    return `| \`${name}\` | ${title} | ${allowed(member)}${isOptional(member) ? "" : "; required"} |`;
  });
  if (rows.length === 0) return [];
  return [["| member | description | allowed |", "| --- | --- | --- |", ...rows].join("\n")];
}

function isSecret(name: KeyName): name is SecretKey {
  return (secretKeys as readonly string[]).includes(name);
}

function shownDefault(value: KeySpec["default"]): string {
  const text = value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return ["", "{}", "[]"].includes(text) ? "not set" : `\`${text}\``;
}

/** Lists the members of an object, or of each object in a list, with their path below the key. */
function members(schema: z.ZodType, path = ""): [string, z.ZodType][] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => [
      `${path}.${name}`,
      member,
    ]);
  }
  return schema instanceof z.ZodArray ? members(schema.element as z.ZodType, "[n]") : [];
}

function isOptional(schema: z.ZodType): boolean {
  return schema instanceof z.ZodOptional;
}

/** Describes the allowed values of a schema. Prefers the description in the schema. */
function allowed(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodOptional) return allowed(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodEnum) return listed(schema.options.map(String));
  if (schema instanceof z.ZodBoolean) return listed(["true", "false"]);
  if (schema instanceof z.ZodArray) return `list; each item: ${allowed(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodObject) return "the members below";
  if (schema instanceof z.ZodRecord) {
    const [names, values] = [schema.keyType as z.ZodType, schema.valueType as z.ZodType];
    return names instanceof z.ZodEnum
      ? `each of ${allowed(names)}: ${allowed(values)}`
      : `any name: ${allowed(values)}`;
  }
  throw new Error(`a schema of type ${schema.type} lacks a description: add .describe(...)`);
}

function listed(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(", ");
}
