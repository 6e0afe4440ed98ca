import { type Component, library, packageUrl } from "./cyclonedx";

/**
 * Parses the output of `go version -m FILE`.
 * @returns the program's module, the modules linked into it, and Go's standard library
 * @throws if the file is not a Go program with module information
 */
export function goComponents(output: string): Component[] {
  const [first = "", ...lines] = output.split("\n");
  const go = /: go(\d\S*)/.exec(first)?.[1];
  const modules = lines.flatMap((line) => {
    const [, kind, name = "", version = ""] = line.split("\t");
    // "=>" is the replacement of the module in the line above.
    return kind === "mod" || kind === "dep" || kind === "=>" ? [{ name, version, isReplacement: kind === "=>" }] : [];
  });
  if (go === undefined || modules.length === 0) throw new Error(`no Go module in the output of go version: ${first}`);
  const linked = modules.filter((_, i) => modules[i + 1]?.isReplacement !== true);
  return [{ name: "stdlib", version: go }, ...linked].map(({ name, version }) =>
    // The specification requires lower case.
    library(name, version, packageUrl("golang", name.toLowerCase(), version)),
  );
}
