import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, thisMachine } from "../toolchain/machine";
import type { Bom } from "./cyclonedx";

/** Returns npm's own document of all packages in package-lock.json, those for other systems included. */
export async function npmBom(folder: string, machine: Machine = thisMachine): Promise<Bom> {
  const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
  const bom: Bom = JSON.parse(await machine.run("npm", args, { cwd: folder }));
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // npm names the project after its folder.
  return { ...bom, metadata: { ...bom.metadata, component: { ...bom.metadata.component, name } } };
}
