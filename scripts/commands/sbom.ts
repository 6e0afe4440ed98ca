import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { builtKinds } from "../../images/catalog";
import { projectFolder } from "../../stacks/env";
import { replaceFile } from "../../stacks/replace-file";
import { command, exitCodes, runMain } from "../lib/cli";
import { print } from "../lib/print";
import type { Bom } from "../sbom/cyclonedx";
import { imageBom } from "../sbom/image";
import { npmBom } from "../sbom/npm";
import { findEngine } from "../toolchain/docker";
import { buildImage } from "../toolchain/image-build";
import { reportAs } from "../toolchain/output";

const help = `
It writes packages.cdx.json, npm's list of this project's packages, and image-SERVICE.cdx.json for each image that this project
builds: its Debian packages and, for LiveKit, the Go modules. It builds the images that the engine lacks, and does not list the
contents of official images.

Exit code: 0 written, 1 failed, 2 wrong usage.`;

runMain(async () => {
  const { out } = command("sbom")
    .description("Writes software bills of materials (SBOMs) in CycloneDX.")
    .requiredOption("--out <folder>", "folder of the documents")
    .addHelpText("after", help)
    .parse()
    .opts<{ out: string }>();
  mkdirSync(out, { recursive: true });
  const write = (name: string, bom: Bom) => {
    const path = join(out, `${name}.cdx.json`);
    replaceFile(path, `${JSON.stringify(bom, undefined, 2)}\n`, 0o644);
    print(`${path}: ${bom.components.length} components`);
  };
  write("packages", await npmBom(projectFolder));
  const { docker } = await findEngine();
  for (const kind of builtKinds) {
    await buildImage(kind, docker, reportAs(kind));
    write(`image-${kind}`, await imageBom(kind, docker, reportAs(kind)));
  }
  return exitCodes.done;
});
