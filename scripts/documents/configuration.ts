import { z } from "zod";
import type { KeySpec } from "../../model/settings/key-spec";
import { type KeyName, keyNames, keySpecs, type SecretKey, secretKeys } from "../../model/settings/schema";
import { secretRules } from "../../model/settings/secrets";

const intro = `# Configuration

Every key of the \`livekit:\` namespace, made from \`model/settings/schema.ts\`; a test holds this page equal to it. A key is
set for the selected stack with the commands below it. Where \`pulumi\` is not on the PATH, \`npm run pulumi --\` stands in for it:
for \`dev\`, or for another stack with \`-s NAME\`. \`pulumi config rm\` brings the default back. What is wrong is told before
anything is made, all of it at once.`;

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
    `\`\`\`bash\n${commands(name, spec).join("\n")}\n\`\`\``,
  ].join("\n\n");
}

/** Returns the commands that set the example, and the other keys that it requires. */
function commands(name: KeyName, { example, needs = [] }: KeySpec): readonly string[] {
  const key = `livekit:${name}`;
  // Pulumi prompts for a secret on the terminal, so that it never enters the shell's history.
  const own = isSecret(name) ? `--secret ${key}` : example.startsWith("--path") ? example : `${key} ${example}`;
  return [own, ...needs].map((args) => `pulumi config set ${args}`);
}

function table(name: KeyName, { type, schema, secret, ...spec }: KeySpec): string {
  const rows = [
    ["type", secret ? `${type}, secret` : type],
    ["allowed", isSecret(name) ? secretRules(name).join("; ") : allowed(schema)],
    ["default", shownDefault(spec.default)],
    ...members(schema).map(([name, member]) => [
      `\`${name}\``,
      `${allowed(member)}${isOptional(member) ? "" : "; required"}`,
    ]),
  ];
  return ["| | |", "| --- | --- |", ...rows.map(([what, text]) => `| ${what} | ${text} |`)].join("\n");
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

/** Describes the allowed values of a schema. Uses the schema's own description if it has one. */
function allowed(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodOptional) return allowed(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodEnum) return listed(schema.options.map(String));
  if (schema instanceof z.ZodBoolean) return listed(["true", "false"]);
  if (schema instanceof z.ZodArray) return `a list: ${allowed(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodObject) return "the members below";
  if (schema instanceof z.ZodRecord) {
    const [names, values] = [schema.keyType as z.ZodType, schema.valueType as z.ZodType];
    return names instanceof z.ZodEnum
      ? `each of ${allowed(names)}: ${allowed(values)}`
      : `any name: ${allowed(values)}`;
  }
  throw new Error(`${schema.type} has no description`);
}

function listed(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(", ");
}
