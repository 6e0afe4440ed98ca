import ts from "typescript";

/** Returns the titles of the tests in a TypeScript file, without skipped tests and those in skipped groups. */
export function testTitles(text: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [name = "", ...modifiers] = nameOf(node.expression);
      if (name === "xdescribe" || modifiers.some((modifier) => modifier !== "each")) return;
      const [title] = node.arguments;
      if (/^(test|it)$/.test(name) && title && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest));
  return titles;
}

/** Returns the name and the modifiers of a called test or group, such as test and each; empty for any other function. */
function nameOf(called: ts.Expression): readonly string[] {
  if (ts.isIdentifier(called)) return /^x?(test|it|describe)$/.test(called.text) ? [called.text] : [];
  if (ts.isCallExpression(called)) return nameOf(called.expression);
  if (!ts.isPropertyAccessExpression(called)) return [];
  const names = nameOf(called.expression);
  return names.length === 0 ? [] : [...names, called.name.text];
}
