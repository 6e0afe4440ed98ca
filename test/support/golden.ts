import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";

/** Inputs of a resource as a golden file has them. @throws where it has none of that name */
// biome-ignore lint/suspicious/noExplicitAny: resources of every type are in it.
export function goldenInputs(stack: string, name: string): any {
  const path = join(projectFolder, "test/golden", `${stack}.json`);
  const resources: { name: string; inputs: object }[] = JSON.parse(readFileSync(path, "utf8"));
  const found = resources.find((resource) => resource.name === name);
  if (!found) throw new Error(`${path} has no ${name}`);
  return found.inputs;
}
