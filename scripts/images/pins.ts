import type Dockerode from "dockerode";
import { isMap, parseDocument } from "yaml";
import { parseImageReference, registryOf, type ServiceKind, serviceKinds } from "../../model/images";
import { type ConfigError, throwIfAny } from "../../model/user-error";

type References = Readonly<Partial<Record<ServiceKind, string>>>;

/**
 * Pins each reference to the current digest of its tag: `repository:tag@sha256:…`. The Docker engine queries the
 * registry, so that the same proxies and certificates apply as for a pull.
 * @throws UserError with every image whose registry returned no digest
 */
export async function askDigests(
  docker: Dockerode,
  references: Readonly<Record<ServiceKind, string>>,
  kinds: readonly ServiceKind[] = serviceKinds,
): Promise<References> {
  const answers = await Promise.all(kinds.map((kind) => pin(docker, kind, references[kind])));
  throwIfAny(answers.filter((answer) => typeof answer !== "string"));
  return Object.fromEntries(kinds.map((kind, index) => [kind, answers[index]])) as References;
}

async function pin(docker: Dockerode, kind: ServiceKind, reference: string): Promise<string | ConfigError> {
  const { repository = "", tag } = parseImageReference(reference) ?? {};
  // A reference with a digest and no tag is already pinned.
  if (tag === undefined) return reference;
  const name = `${repository}:${tag}`;
  try {
    const { Descriptor } = await docker.getImage(name).distribution();
    return `${name}@${Descriptor.digest}`;
  } catch (error) {
    return noDigest(kind, name, registryOf(repository), error as EngineError);
  }
}

interface EngineError extends Error {
  readonly json?: { readonly message?: string };
}

function noDigest(kind: ServiceKind, value: string, registry: string, { json, message }: EngineError): ConfigError {
  return {
    key: `livekit:images.${kind}`,
    value,
    rule: `the image's registry ${registry} returned no digest: ${(json?.message ?? message).trim()}`,
    fix: `Allow the Docker engine to reach ${registry} (\`docker pull ${value}\` shows the error); the stack file is unchanged`,
  };
}

/** Sets these images in `livekit:images` of a stack file's text. Preserves everything else, comments included. */
export function pinImages(stackFile: string, references: References): string {
  const document = parseDocument(stackFile);
  const images = ["config", "livekit:images"];
  for (const path of [images.slice(0, 1), images]) {
    if (!isMap(document.getIn(path, true))) document.setIn(path, document.createNode({}));
  }
  for (const [kind, reference] of Object.entries(references)) document.setIn([...images, kind], reference);
  return document.toString({ lineWidth: 0 });
}
