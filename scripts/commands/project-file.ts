import { stringify } from "yaml";
import type { KeySpec } from "../../model/settings/key-spec";
import { keyNames, keySpecs } from "../../model/settings/schema";
import { projectName, typescriptOption } from "../../stacks/env";
import { printExactly } from "../lib/print";

/** Renders Pulumi.yaml from the schema. A test compares the result with the file; this script prints the result. */
export function renderProjectFile(): string {
  const config = Object.fromEntries(keyNames.map((name) => [name, declaration(keySpecs[name])]));
  return stringify(
    {
      name: projectName,
      description: "Self-hosted LiveKit: SFU, TURN relay, Redis and nginx, proven by real media",
      runtime: {
        name: "nodejs",
        // Sucrase strips types in milliseconds; ts-node would check the whole program's types at every preview.
        options: { typescript: false, nodeargs: typescriptOption },
      },
      config,
    },
    { lineWidth: 120 },
  );
}

/** Pulumi requires a value for every key that a project declares, so an optional key has an empty default. */
function declaration(spec: KeySpec): object {
  const { type, description } = spec;
  // No `secret: true`: Pulumi would reject the empty default of an unset key. Our parser requires encryption instead.
  // Pulumi has no type for objects, and types an array only by its items: both are declared without a type.
  if (type === "array" || type === "object") return { description, value: spec.default ?? {} };
  return { type, description, default: spec.default ?? "" };
}

if (require.main === module) printExactly(renderProjectFile());
