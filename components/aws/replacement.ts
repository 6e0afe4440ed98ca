/**
 * Option that creates a replacement before the old resource is deleted. By default, the provider deletes a resource
 * with an explicit name first, although other resources may still use it (pulumi-aws#4220, #4226). Use it only if the
 * replacement's name differs.
 */
export const createFirst = { deleteBeforeReplace: false } as const;
