import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const project = join(__dirname, "../..");

/** Every document of the checkout: path and text. */
export const documents: readonly (readonly [path: string, text: string])[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(project, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((path) => [path, readFileSync(join(project, path), "utf8")]);

/** Returns the fenced code blocks of a language. */
export function fenced(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, block = ""]) =>
    of === language ? [block] : [],
  );
}

/** Returns the inline code, which is in backticks. */
export function inline(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** A program and its arguments, as a shell splits them. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Returns each command of a shell block, including those in subshells, pipes and assignments, but not function
 * definitions.
 */
export function commandsOf(block: string): readonly Command[] {
  return block.split("\n").flatMap((line) => {
    const inner = line.replace(/^\w+=\$\((.*)\)$/, "$1").replace(/^\((.*)\)$/, "$1");
    return inner.split(/ && |; (?=pulumi )| \| /).flatMap((text) => {
      const [program, ...args] = words(text);
      return program === undefined || /^\w+(=|\(\)$)/.test(program) ? [] : [{ program, args }];
    });
  });
}

/** Splits a command into words as a shell does: without a trailing comment and without quotes. */
function words(text: string): readonly string[] {
  const all = [...text.matchAll(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) => word);
  const comment = all.findIndex((word) => word.startsWith("#"));
  return (comment === -1 ? all : all.slice(0, comment)).map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, "$1$2$3"),
  );
}

/** Returns the lines with a matching command, plus the lines that only set variables for them. */
export function linesWith(isOne: (command: Command) => boolean, block: string): readonly string[] {
  const calls = (line: string) => commandsOf(line).some(isOne);
  const lines = block.trimEnd().split("\n");
  return lines.some(calls) ? lines.filter((line) => calls(line) || commandsOf(line).length === 0) : [];
}

/** Returns the arguments of `pulumi ...` or `npm run pulumi -- ...`; undefined for any other command. */
export function pulumiArguments({ program, args }: Command): readonly string[] | undefined {
  if (program === "pulumi") return args;
  return program === "npm" && args.slice(0, 3).join(" ") === "run pulumi --" ? args.slice(3) : undefined;
}
