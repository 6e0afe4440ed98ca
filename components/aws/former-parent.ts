import * as pulumi from "@pulumi/pulumi";

/**
 * Returns the options of a child that earlier releases created under the component's own parent. The aliases keep
 * Pulumi from replacing the child. They also protect the resources below the child, because Pulumi derives the aliases
 * of those resources from the child's aliases.
 * @param formerName the child's logical name in the earliest releases, if it differs from the current name
 */
export function adoptChild(
  component: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions | undefined,
  formerName?: string,
): { readonly parent: pulumi.Resource; readonly aliases: pulumi.Alias[] } {
  const parent = opts?.parent ?? pulumi.rootStackResource;
  return { parent: component, aliases: [{ parent }, ...(formerName ? [{ parent, name: formerName }] : [])] };
}
