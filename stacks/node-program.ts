import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "./env";

const folder = join(projectFolder, "templates", "node", "agent");

/** Sources of the node's own program by file name, as the checkout has them. */
export function readNodeProgram(): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".py"));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
