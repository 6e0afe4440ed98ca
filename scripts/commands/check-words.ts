import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";
import { command, exitCodes, runMain } from "../lib/cli";
import { printError } from "../lib/print";
import { findTerms } from "../lint/words";

/** Files not checked: lists of versions and checksums, generated files, the changelog, a former release's program, and the terms. */
const skipped =
  /(^|\/)(package-lock\.json|LICENSE|go\.(mod|sum)|patches\.json|CHANGELOG\.md)$|\.(svg|png)$|^test\/golden\/|^test\/support\/unsigned-puller\.txt$|lint\/words(\.test)?\.ts$/;

runMain(async () => {
  command("check-words")
    .description("Finds words of this project's own, in names and in prose, where the field has another word.")
    .parse();
  const { execa } = await import("execa");
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
    cwd: projectFolder,
  });
  const files = stdout.split("\n").filter((path) => path !== "" && !skipped.test(path));
  const found = files.flatMap((path) => [
    ...findTerms(path, path).map(({ words, instead }) => `${path}: its name has "${words}": use ${instead}`),
    ...findTerms(path, readFileSync(join(projectFolder, path), "utf8")).map(
      ({ line, words, instead }) => `${path}:${line}: "${words}": use ${instead}`,
    ),
  ]);
  if (found.length === 0) return exitCodes.done;
  printError(found.join("\n"));
  printError(
    `Replace them, or list where one is the field's own word in scripts/lint/words.ts (${found.length} found)`,
  );
  return exitCodes.failed;
});
