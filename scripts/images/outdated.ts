import { Refusal, refuse } from "../../model/fault";
import { officialImages, parseImageReference, type ServiceKind } from "../../model/images";
import { listTags, newestTag } from "./tags";

/** An image whose registry has a newer release. */
export interface OutdatedImage {
  readonly service: ServiceKind;
  readonly image: string;
  /** The newest tag. */
  readonly newest: string;
}

/**
 * Finds the images with a newer release in their registry. An image with only a digest has no release to compare.
 * @throws Refusal naming every registry that was not reached
 */
export async function findOutdated(
  images: Readonly<Record<ServiceKind, string>>,
  kinds: readonly ServiceKind[],
): Promise<OutdatedImage[]> {
  const found = await Promise.allSettled(kinds.map((service) => compare(service, images[service])));
  refuse(found.flatMap((result) => (result.status === "rejected" ? faultsOf(result.reason) : [])));
  return found.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
}

async function compare(service: ServiceKind, image: string): Promise<OutdatedImage[]> {
  const { repository = "", tag } = parseImageReference(image) ?? {};
  if (tag === undefined) return [];
  const { isStable = () => true } = officialImages[service];
  const newest = newestTag(tag, await listTags(repository), isStable);
  return newest === tag ? [] : [{ service, image: `${repository}:${tag}`, newest }];
}

function faultsOf(error: unknown) {
  if (error instanceof Refusal) return error.faults;
  throw error;
}
