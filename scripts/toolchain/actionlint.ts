import { join } from "node:path";
import { cached } from "../../stacks/cache";
import { buildGoTool, goInputs } from "./go";
import type { Machine, Progress } from "./machine";

/**
 * Returns the path of actionlint, the linter of GitHub workflows: on PATH, else built from its Go module. The first
 * build takes half a minute.
 */
export async function ensureActionlint(machine: Machine, progress: Progress): Promise<string> {
  const onPath = machine.which("actionlint");
  if (onPath) return onPath;
  const folder = await cached(
    "actionlint",
    goInputs("actionlint"),
    (folder) =>
      buildGoTool(
        {
          module: "actionlint",
          package: "github.com/rhysd/actionlint/cmd/actionlint",
          output: join(folder, "actionlint"),
        },
        machine,
        progress,
      ),
    progress,
  );
  return join(folder, "actionlint");
}
