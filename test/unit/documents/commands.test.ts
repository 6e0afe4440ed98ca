import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { awsOutputNames } from "../../../model/outputs";
import { parseConfiguration, type RawConfig } from "../../../model/settings/parse";
import { keyNames } from "../../../model/settings/schema";
import { secretKeys } from "../../../model/settings/secret-specs";
import { configured } from "../../support/configured";
import { type Command, commandsOf, documents, fenced, inline, project, pulumiArguments } from "../../support/documents";
import { awsExamples, localExamples } from "../../support/examples";
import { awsValues, monitoredSecrets, testSecrets } from "../../support/settings";

const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test("every npm script that runs scripts/bin.mjs names an existing command", () => {
  const programs = Object.values(scripts).flatMap((script) => /^node scripts\/bin\.mjs (\S+)$/.exec(script)?.[1] ?? []);
  expect(programs.length).toBeGreaterThan(5);
  for (const program of programs) expect(existsSync(join(project, "scripts/commands", `${program}.ts`))).toBe(true);
});

/** Returns fenced commands, and inline ones of aws, npm and pulumi. */
function allCommands(text: string): readonly Command[] {
  const own = inline(text).filter((code) => /^(aws|npm|pulumi) /.test(code));
  return [...fenced(text, "bash"), ...own].flatMap(commandsOf);
}

/** AWS services that are global or that find a resource's region themselves. */
const withoutRegions = ["iam", "route53", "s3", "s3api", "sts"];

/** Validates each program that a document names. Add a line for another program. */
const validators: Readonly<Record<string, (args: readonly string[], text: string) => void>> = {
  npm: npmCommand,
  pulumi: pulumiCommand,
  // test/integration/documents/documents.test.ts runs each command, but the AWS simulator requires no region.
  aws: ([service = "", ...args]) => {
    if (!withoutRegions.includes(service)) expect(args).toContain("--region");
  },
  docker: dockerCommand,
  // test/unit/documents/upgrade.test.ts runs these commands.
  git: ([verb]) => expect(["fetch", "diff", "merge"]).toContain(verb),
  node: ([first = "", ...args]) =>
    expect(existsSync(join(project, first === "--require" ? (args[1] ?? "") : first))).toBe(true),
  ".": ([file]) => expect(file).toMatch(/^\.state\/rehearsals\//),
  // test/integration/tools/pulumi-env.test.ts runs README's line.
  eval: ([text]) => expect(text).toBe("$variables"),
  printf: ([form]) => expect(form).toBe("%s"),
  // `outside` is a shell function of a rehearsal. It runs the command in its arguments.
  outside: ([program = "", ...args], text) =>
    validators[program]?.(args, text) ?? expect(validators).toHaveProperty(program),
};

test.each(documents)("%s names only commands and flags that exist", (_, text) => {
  for (const command of allCommands(text)) {
    const pulumi = pulumiArguments(command);
    if (pulumi) pulumiCommand(pulumi);
    else if (validators[command.program]) validators[command.program]?.(command.args, text);
    else throw new Error(`nothing holds the command ${command.program}`);
  }
});

function npmCommand([verb = "", ...args]: readonly string[]): void {
  const [script = "", ...rest] = verb === "run" ? args : [verb, ...args];
  if (verb !== "run") expect(["ci", "start", "stop", "test"]).toContain(verb);
  if (verb !== "ci") expect(Object.keys(scripts)).toContain(script);
  flagsOf(script, rest);
}

const helps = new Map<string, string>();

/** Checks flags against the command's own help. */
function flagsOf(script: string, args: readonly string[]): void {
  const flags = args.filter((arg) => /^--?\w/.test(arg));
  if (flags.length === 0) return;
  expect(args[0]).toBe("--");
  if (!helps.has(script)) {
    const { stdout } = spawnSync("node", ["scripts/bin.mjs", script, "--help"], { cwd: project, encoding: "utf8" });
    helps.set(script, stdout);
  }
  for (const flag of flags)
    expect(`${script}: ${helps.get(script)}`).toMatch(new RegExp(`(?<=[\\s,])${flag}(?=[\\s,=])`));
}

/**
 * Checks the rest of a pulumi command. test/integration/documents/documents.test.ts checks subcommands and flags with
 * the CLI.
 */
function pulumiCommand(args: readonly string[]): void {
  const key = args.find((arg) => arg.startsWith("livekit:"));
  if (key) expect(keyNames).toContain(/^livekit:(\w+)/.exec(key)?.[1]);
  if (args[0] === "stack" && args[1] === "output")
    expect([...awsOutputNames, "joins", "redis", "scrapeTargets"]).toContain(args[2]);
  const pack = args.indexOf("--policy-pack");
  if (pack !== -1) expect(existsSync(join(project, args[pack + 1] ?? "", "PulumiPolicy.yaml"))).toBe(true);
}

/** Checks that the document shows the compose file. */
function dockerCommand(args: readonly string[], text: string): void {
  expect(args.slice(0, 2)).toEqual(["compose", "-f"]);
  expect(fenced(text, "yaml").join("\n")).toContain(`# ${args[2]}`);
}

const former = "planted-former-secret-0123456789abcdef";

/** Stacks that a reader may have: the examples, and one during a rotation. */
const bases: readonly RawConfig["values"][] = [
  { ...monitoredSecrets, previousApiKey: "APIformer", previousApiSecret: former, previousTurnSecret: former },
  ...Object.values(localExamples).map(({ values }) => ({ ...values, ...monitoredSecrets })),
  ...Object.values(awsExamples).map((values) => ({ ...awsValues, ...values, ...testSecrets })),
];

test.each(documents)("an example stack accepts each block of settings in %s", (path, text) => {
  for (const block of fenced(text, "bash")) {
    const settings = commandsOf(block)
      .flatMap((command) => [pulumiArguments(command) ?? []])
      .filter(([first, verb = ""]) => first === "config" && ["set", "rm"].includes(verb))
      .map(([, ...args]) => args);
    if (settings.length > 0) expect([path, block, rejections(settings)]).toEqual([path, block, []]);
  }
});

/**
 * Returns the errors of all examples if every example rejects the settings. Returns none if one example accepts them.
 */
function rejections(settings: readonly (readonly string[])[]): readonly string[] {
  const found: string[] = [];
  for (const base of bases) {
    const values = settings.reduce(configured, base);
    try {
      parseConfiguration({ values, encrypted: new Set(secretKeys), env: {} });
      return [];
    } catch (error) {
      found.push((error as Error).message);
    }
  }
  return found;
}
