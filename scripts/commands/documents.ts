import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";
import { renderConfigurationReference } from "../documents/configuration";
import { renderDiagrams, withDiagrams } from "../documents/diagrams";
import { withPortTable } from "../documents/ports";

/** Documents with generated diagrams. */
const drawn = ["README.md", "docs/aws.md"];

/**
 * Returns the text of each generated document, by its path in the repository. A test compares these texts with the
 * files; this script writes the files.
 */
export function renderDocuments(): Readonly<Record<string, string>> {
  const diagrams = renderDiagrams();
  const read = (path: string) => readFileSync(join(projectFolder, path), "utf8");
  return {
    "docs/configuration.md": renderConfigurationReference(),
    "docs/troubleshooting.md": withPortTable(read("docs/troubleshooting.md")),
    ...Object.fromEntries(drawn.map((path) => [path, withDiagrams(read(path), diagrams)])),
  };
}

if (require.main === module) {
  for (const [path, text] of Object.entries(renderDocuments())) writeFileSync(join(projectFolder, path), text);
}
