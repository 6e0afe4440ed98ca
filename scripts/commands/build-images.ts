import { builtKinds, serviceKinds } from "../../images/catalog";
import type { BuiltKind } from "../../model/images";
import { cannot } from "../../model/user-error";
import { runMain } from "../lib/cli";
import { print } from "../lib/print";
import { findEngine } from "../toolchain/docker";
import { buildImage } from "../toolchain/image-build";
import { reportAs } from "../toolchain/output";

/** Builds the named images (default: all service images) unless they exist, and prints their names. */
runMain(async () => {
  const names = process.argv.slice(2);
  const kinds = names.length > 0 ? names.map(kindOf) : serviceKinds;
  const { docker } = await findEngine();
  for (const kind of kinds) print(await buildImage(kind, docker, reportAs(kind)));
  return 0;
});

function kindOf(name: string): BuiltKind {
  const kind = builtKinds.find((known) => known === name);
  if (kind) return kind;
  throw cannot(
    `image ${name}`,
    "this project builds no image of this name",
    `Name one or more of: ${builtKinds.join(", ")}`,
  );
}
