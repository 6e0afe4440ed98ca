import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Build inputs by name. A name is a file's path or an option's name; the value is its content. */
export type Inputs = Readonly<Record<string, string>>;

/** Returns 12 hex digits that change with any name or content. The order of the names does not matter. */
export function inputsKey(inputs: Inputs): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(inputs).sort()) hash.update(JSON.stringify([name, inputs[name]]));
  return hash.digest("hex").slice(0, 12);
}

/** Reads the named files of a folder as inputs. */
export function readInputs(folder: string, names: readonly string[]): Inputs {
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
