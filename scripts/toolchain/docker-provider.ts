import { join } from "node:path";
import { cached } from "../../stacks/cache";
import { buildGoTool, goInputs } from "./go";
import type { Machine, Progress } from "./machine";

/**
 * Returns the path of the Terraform provider that Pulumi's official docker plugin bridges, built from its Go module.
 * Go's module proxy has a single version, which is newer than the bridged one. The first build takes minutes.
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
          // Leaves out the Docker Compose resource, a tenth of the packages.
          tags: ["no_compose"],
        },
        machine,
        progress,
      ),
    progress,
  );
  return join(folder, "docker-provider");
}
