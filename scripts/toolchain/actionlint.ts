import { cachedGoTool } from "./go";
import type { Machine, Progress } from "./machine";

/**
 * Returns the path of actionlint, the linter of GitHub workflows: on PATH, else built from its Go module. The first
 * build takes half a minute.
 */
export async function ensureActionlint(machine: Machine, progress: Progress): Promise<string> {
  const onPath = machine.which("actionlint");
  if (onPath) return onPath;
  const tool = { module: "actionlint", package: "github.com/rhysd/actionlint/cmd/actionlint" } as const;
  return cachedGoTool("actionlint", tool, machine, progress);
}
