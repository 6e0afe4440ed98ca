import { permissions, type ServiceSpec, type Validation } from "./service";
import type { Secrets } from "./settings/secrets";

/** A container in which a service's own program validates its new files. */
export interface Trial extends Omit<Validation, "isOnline" | "names"> {
  readonly service: string;
  readonly container: string;
  /** Name its stack, so that `npm start` removes it after a command that was killed. */
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

/** What the command that runs the trials reads, as JSON. */
export interface TrialInput {
  readonly trials: readonly Trial[];
  /** The command prints none of them: a program may repeat a line of its file. */
  readonly secrets: Secrets;
}

export interface TrialContext {
  readonly namePrefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Images by kind of service. */
  readonly images: Readonly<Partial<Record<ServiceSpec["kind"], string>>>;
}

/** The validations of all services, in order. Holds secrets. */
export function serviceTrials(specs: readonly ServiceSpec[], context: TrialContext): Trial[] {
  return specs.flatMap((spec) => (spec.validations ?? []).map((validation) => trial(spec, validation, context)));
}

function trial(spec: ServiceSpec, validation: Validation, { namePrefix, labels, images }: TrialContext): Trial {
  const { name, kind, entrypoint, user, capabilities, network, hosts } = spec;
  const { isOnline = false, names = [], ...own } = validation;
  const known = [...hosts, ...names.map((name) => ({ name, address: "127.0.0.1" }))];
  return {
    ...own,
    service: name,
    container: `${namePrefix}-${name}-validation`,
    labels,
    image: images[kind] ?? "",
    entrypoint,
    user,
    capabilities,
    network: isOnline ? network : "none",
    hosts: known.map(({ name, address }) => `${name}:${address}`),
    // No program parses the readable ones: nginx serves them as they are.
    files: spec.files
      .filter(({ readableByAll }) => !readableByAll)
      .map((file) => ({ path: file.path, content: file.content, mode: permissions(file) })),
  };
}
