import * as pulumi from "@pulumi/pulumi";

/**
 * Returns the options of a child that earlier releases created under the component's own parent. Its aliases keep the
 * child and all resources below it: the engine derives their aliases from the child's.
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
