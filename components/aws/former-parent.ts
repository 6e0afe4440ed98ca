import * as pulumi from "@pulumi/pulumi";

/**
 * Returns the options of a child that earlier releases created under the component's own parent. The aliases keep
 * Pulumi from replacing the child and, because their aliases derive from the child's, the resources below it.
 * @param formerName the child's logical name in the earliest releases, if it differs
 */
export function adoptChild(
  component: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions | undefined,
  formerName?: string,
): { readonly parent: pulumi.Resource; readonly aliases: pulumi.Alias[] } {
  const parent = opts?.parent ?? pulumi.rootStackResource;
  return { parent: component, aliases: [{ parent }, ...(formerName ? [{ parent, name: formerName }] : [])] };
}
