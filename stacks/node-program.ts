import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "./env";

const folder = join(projectFolder, "agent", "src");

/** Reads the node agent's sources from the checkout, by file name. */
export function readNodeProgram(): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".py"));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
