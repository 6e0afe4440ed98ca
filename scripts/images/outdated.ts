import { officialImages, parseImageReference, type ServiceKind } from "../../model/images";
import { throwIfAny, UserError } from "../../model/user-error";
import { listTags, newestTag } from "./tags";

/** An image whose registry has a newer release. */
export interface OutdatedImage {
  readonly service: ServiceKind;
  readonly image: string;
  /** The newest tag. */
  readonly newest: string;
}

/**
 * Finds the images with a newer release in their registry. Skips images that are pinned by a digest without a tag.
 * @throws UserError with every image whose tags could not be listed
 */
export async function findOutdated(
  images: Readonly<Record<ServiceKind, string>>,
  kinds: readonly ServiceKind[],
): Promise<OutdatedImage[]> {
  const found = await Promise.allSettled(kinds.map((service) => compare(service, images[service])));
  throwIfAny(found.flatMap((result) => (result.status === "rejected" ? errorsOf(result.reason) : [])));
  return found.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
}

async function compare(service: ServiceKind, image: string): Promise<OutdatedImage[]> {
  const { repository = "", tag } = parseImageReference(image) ?? {};
  if (tag === undefined) return [];
  const { isStable = () => true } = officialImages[service];
  const newest = newestTag(tag, await listTags(repository), isStable);
  return newest === tag ? [] : [{ service, image: `${repository}:${tag}`, newest }];
}

function errorsOf(error: unknown) {
  if (error instanceof UserError) return error.errors;
  throw error;
}
