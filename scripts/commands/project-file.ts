import { stringify } from "yaml";
import type { KeySpec } from "../../model/settings/key-spec";
import { keyNames, keySpecs } from "../../model/settings/schema";
import { projectName, typescriptOption } from "../../stacks/env";

/** Pulumi.yaml as the schema has it; a test holds the file equal to this. Run to print it. */
export function renderProjectFile(): string {
  const config = Object.fromEntries(keyNames.map((name) => [name, declaration(keySpecs[name])]));
  return stringify(
    {
      name: projectName,
      description: "Self-hosted LiveKit: SFU, TURN relay, Redis and nginx, proven by real media",
      runtime: {
        name: "nodejs",
        // Sucrase strips types in milliseconds; ts-node would check the whole program at every preview.
        options: { typescript: false, nodeargs: typescriptOption },
      },
      config,
    },
    { lineWidth: 120 },
  );
}

/** Pulumi wants a value for every key a project declares, so a key that may be left out defaults to nothing. */
function declaration(spec: KeySpec): object {
  const { type, description } = spec;
  // No `secret: true`: Pulumi would refuse the empty default of a key that is not set; the reader checks it itself.
  // Pulumi can't type an object, and an array only by its items: both stand untyped.
  if (type === "array" || type === "object") return { description, value: spec.default ?? {} };
  return { type, description, default: spec.default ?? "" };
}

if (require.main === module) process.stdout.write(renderProjectFile());
