/**
 * The container images: official names for `imageSource: registry`, and minimum versions for images that a user pins.
 */

/** Services of every stack. */
export const serviceKinds = ["livekit", "coturn", "redis", "nginx"] as const;

/** Services that `livekit:monitoring` adds. */
export const monitoringKinds = ["prometheus", "node-exporter", "blackbox-exporter", "grafana"] as const;

/** Services that a node on AWS may run. The exporter needs `livekit:monitoring`. */
export const awsKinds = [...serviceKinds, "node-exporter"] as const;

export const allKinds = [...serviceKinds, ...monitoringKinds] as const;

export type ServiceKind = (typeof allKinds)[number];

/** Services whose images can be built from package registries. Grafana is in no package registry. */
export type BuiltKind = Exclude<ServiceKind, "grafana">;

export function isBuilt(kind: ServiceKind): kind is BuiltKind {
  return kind !== "grafana";
}

export interface OfficialImage {
  readonly repository: string;
  readonly tag: string;
  /** Lowest version accepted in `livekit:images`, with the reason. */
  readonly floor: { readonly version: string; readonly reason: string };
  /** Reports whether a tag that has the same form as `tag` is a stable release. @default every such tag is stable */
  readonly isStable?: (tag: string) => boolean;
}

export const officialImages: Readonly<Record<ServiceKind, OfficialImage>> = {
  livekit: {
    repository: "livekit/livekit-server",
    tag: "v1.13.11",
    floor: {
      version: "1.13.7",
      reason: "older versions log rejected tokens, accept requests of any size, and leak or panic",
    },
  },
  coturn: {
    repository: "coturn/coturn",
    tag: "4.18.0-r0",
    floor: { version: "4.17.0", reason: "older versions have CVE-2026-27624, CVE-2026-40613 or CVE-2026-43994" },
  },
  redis: {
    repository: "redis",
    tag: "8.2.9-bookworm",
    floor: { version: "6.2.0", reason: "LiveKit uses GETDEL and SET with GET, which 6.2 introduced" },
  },
  nginx: {
    repository: "nginx",
    tag: "1.30.4-trixie",
    floor: { version: "1.25.5", reason: "version 1.25.5 introduced the `pass` directive" },
    // Stable nginx releases have an even second number.
    isStable: (tag) => Number(/^\d+\.(\d+)/.exec(tag)?.[1]) % 2 === 0,
  },
  prometheus: {
    repository: "prom/prometheus",
    tag: "v3.13.5",
    floor: { version: "2.53.0", reason: "older versions are not tested with the alert rules" },
  },
  "node-exporter": {
    repository: "prom/node-exporter",
    tag: "v1.12.1",
    floor: { version: "1.9.0", reason: "older versions are not tested with the dashboards" },
  },
  "blackbox-exporter": {
    repository: "prom/blackbox-exporter",
    tag: "v0.27.0",
    floor: { version: "0.26.0", reason: "older versions are not tested with the alert rules" },
  },
  grafana: {
    repository: "grafana/grafana",
    tag: "13.2.3",
    floor: { version: "11.0.0", reason: "the dashboards use the schema of 11.0.0" },
  },
};

/** Returns `repository:tag` of the official image. */
export function officialImageName(kind: ServiceKind): string {
  const { repository, tag } = officialImages[kind];
  return `${repository}:${tag}`;
}

/** The parts of an image's name: `repository[:tag][@digest]`. */
export interface ImageReference {
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest?: string;
}

/** The subset of Docker's grammar (distribution/reference) for names of images in a registry. */
const referenceForm =
  /^((?:[\w.-]+:\d+\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Parses an image's name. Undefined if the text is not a valid name. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, repository, tag, digest] = referenceForm.exec(text) ?? [];
  return repository === undefined ? undefined : { repository, ...(tag && { tag }), ...(digest && { digest }) };
}

/**
 * Returns the registry of a repository. As in Docker, that is the first part if it looks like a host, otherwise Docker
 * Hub.
 */
export function registryOf(repository: string): string {
  const [first = "", ...rest] = repository.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}
