/**
 * Creates a replacement before the old resource goes. The provider deletes a resource with an explicit name first, although
 * something may still use it (pulumi-aws#4220, #4226): only for resources whose replacement has another name.
 */
export const createFirst = { deleteBeforeReplace: false } as const;
