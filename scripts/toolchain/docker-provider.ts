import { join } from "node:path";
import { cached } from "./cache";
import { buildGoTool, goInputs } from "./go";
import type { Machine, Progress } from "./machine";

/**
 * Path of the Terraform provider that Pulumi's official docker plugin bridges, in the one version that Go's module proxy has:
 * newer than the one bridged. A build of its Go module, minutes the first time.
 */
export async function ensureDockerProvider(machine: Machine, progress: Progress): Promise<string> {
  const folder = await cached(
    "docker-provider",
    goInputs("docker-provider"),
    (folder) =>
      buildGoTool(
        {
          module: "docker-provider",
          package: "github.com/terraform-providers/terraform-provider-docker",
          output: join(folder, "docker-provider"),
          // Docker Compose is a resource of its own, and a tenth of the packages.
          tags: ["no_compose"],
        },
        machine,
        progress,
      ),
    progress,
  );
  return join(folder, "docker-provider");
}
