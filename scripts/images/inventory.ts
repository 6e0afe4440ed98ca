import type Dockerode from "dockerode";
import { builtImageName } from "../../images/catalog";
import { isBuilt, parseImageReference, registryOf, type ServiceKind } from "../../model/images";
import { hasImage } from "../toolchain/image-build";

/** The image that the stack uses for a service, and its state in the Docker engine. */
export interface ImageReport {
  readonly service: ServiceKind;
  readonly image: string;
  /** The registry's name, or `build` for an image built on this machine. */
  readonly source: string;
  readonly inEngine: boolean;
  /**
   * The digest in the reference, or else the digest of the image that Docker pulled. Undefined for an image built on
   * this machine.
   */
  readonly digest?: string;
}

export function inventory(
  docker: Dockerode,
  images: Readonly<Record<ServiceKind, string>>,
  kinds: readonly ServiceKind[],
): Promise<readonly ImageReport[]> {
  return Promise.all(
    kinds.map(async (service): Promise<ImageReport> => {
      const image = images[service];
      const { repository = image, digest: pinned } = parseImageReference(image) ?? {};
      const inEngine = await hasImage(docker, image);
      const digest = pinned ?? (inEngine ? await pulledDigest(docker, image, repository) : undefined);
      const source = isBuilt(service) && image === builtImageName(service) ? "build" : registryOf(repository);
      return { service, image, source, inEngine, ...(digest && { digest }) };
    }),
  );
}

async function pulledDigest(docker: Dockerode, image: string, repository: string): Promise<string | undefined> {
  const { RepoDigests: digests } = await docker.getImage(image).inspect();
  return digests?.find((digest) => digest.startsWith(`${repository}@`))?.slice(repository.length + 1);
}
