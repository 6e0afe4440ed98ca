import { cachedGoTool } from "./go";
import type { Machine, Progress } from "./machine";

/**
 * Returns the path of the Terraform provider on which Pulumi's official docker plugin is based, built from its Go
 * module. Go's module proxy has only one version of this provider, which is newer than the version in the plugin. The
 * first build takes minutes.
 */
export function ensureDockerProvider(machine: Machine, progress: Progress): Promise<string> {
  const tool = {
    module: "docker-provider",
    package: "github.com/terraform-providers/terraform-provider-docker",
    // Leaves out the Docker Compose resource, a tenth of the packages.
    tags: ["no_compose"],
  } as const;
  return cachedGoTool("docker-provider", tool, machine, progress);
}
