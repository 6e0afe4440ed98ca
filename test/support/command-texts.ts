import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { project } from "./documents";

/** A string in the sources that contains a command which changes settings. */
export interface CommandText {
  /** The string, with an ellipsis for each interpolated value. */
  readonly text: string;
  /** Matches the string once its values are filled in. */
  readonly pattern: RegExp;
}

export const filledIn = "…";

/** Returns the commands in the sources of a project folder. */
export function commandTexts(folder: string): readonly CommandText[] {
  const files = readdirSync(join(project, folder), { recursive: true, encoding: "utf8" });
  return files.filter((name) => name.endsWith(".ts")).flatMap((name) => textsOf(join(project, folder, name)));
}

function textsOf(file: string): readonly CommandText[] {
  const source = readFileSync(file, "utf8");
  if (!hasCommand(source)) return [];
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node)) {
      texts.push(
        [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join(filledIn),
      );
    } else if (ts.isStringLiteralLike(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest));
  return texts.filter(hasCommand).map((text) => ({ text, pattern: patternOf(text) }));
}

const hasCommand = (text: string) => /pulumi config (set|rm) /.test(text);

function patternOf(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.+*?^$()|[\]{}\\]/g, "\\$&").replaceAll(filledIn, ".*"));
}
