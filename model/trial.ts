import { required } from "./required";
import { type FileContents, permissions, type ServiceSpec, type Validation } from "./service";
import type { Secrets } from "./settings/secrets";

/** A temporary container in which a service's own program validates its new files. */
export interface Trial extends Omit<Validation, "isOnline" | "names"> {
  readonly service: string;
  readonly container: string;
  /**
   * Labels that identify the stack, so that `npm start` can remove containers that an interrupted command left behind.
   */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly capabilities: readonly string[];
  readonly network: "host" | "bridge" | "none";
  /** `name:address`. */
  readonly hosts: readonly string[];
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: string }[];
}

/** JSON input of the command that runs the validations. */
export interface TrialInput {
  readonly trials: readonly Trial[];
  /** Secrets that the command redacts from its output, because a program may repeat a line of its file. */
  readonly secrets: Secrets;
}

export interface TrialContext {
  readonly namePrefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Image of each kind of service. */
  readonly images: Readonly<Partial<Record<ServiceSpec["kind"], string>>>;
}

/**
 * Returns the commands that validate the services' configuration files, in the order of the services. The commands' input
 * contains secrets.
 */
export function serviceTrials(specs: readonly ServiceSpec[], files: FileContents, context: TrialContext): Trial[] {
  return specs.flatMap((spec) =>
    (spec.validations ?? []).map((validation) =>
      trial(spec, required(files[spec.name], spec.name), validation, context),
    ),
  );
}

function trial(
  spec: ServiceSpec,
  contents: FileContents[string],
  validation: Validation,
  { namePrefix, labels, images }: TrialContext,
): Trial {
  const { name, kind, entrypoint, user, capabilities, network, hosts } = spec;
  const { isOnline = false, names = [], ...own } = validation;
  const known = [...hosts, ...names.map((name) => ({ name, address: "127.0.0.1" }))];
  return {
    ...own,
    service: name,
    container: `${namePrefix}-${name}-validation`,
    labels,
    image: required(images[kind], `image of ${kind}`),
    entrypoint,
    user,
    capabilities,
    network: isOnline ? network : "none",
    hosts: known.map(({ name, address }) => `${name}:${address}`),
    // Skips the files that are readable by all: no program parses them, nginx serves them unchanged.
    files: spec.files
      .filter(({ readableByAll }) => !readableByAll)
      .map((file) => ({ path: file.path, content: required(contents[file.path], file.path), mode: permissions(file) })),
  };
}
