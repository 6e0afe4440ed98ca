import { randomUUID } from "node:crypto";

/** A software bill of materials in CycloneDX 1.5: https://cyclonedx.org/docs/1.5/json/ */
export interface Bom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.5";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly timestamp: string; readonly component: Subject };
  readonly components: readonly Component[];
}

/** What a document describes. */
export interface Subject {
  readonly type: "application" | "container";
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** A package that the subject contains. */
export interface Component {
  readonly type: "library" | "operating-system";
  /** Unique within its document. */
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  /** Package URL, by which scanners find a package's advisories. An operating system has none. */
  readonly purl?: string;
}

/** Returns a document that describes a subject with its components, each once, sorted by `bom-ref`. */
export function createBom(component: Subject, components: readonly Component[], now = new Date()): Bom {
  const byRef = new Map(components.map((each) => [each["bom-ref"], each]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: { timestamp: now.toISOString(), component },
    components: [...byRef.keys()].toSorted().flatMap((ref) => byRef.get(ref) ?? []),
  };
}

/** Returns a package as a component. */
export function library(name: string, version: string, purl: string): Component {
  return { type: "library", "bom-ref": purl, name, version, purl };
}

/**
 * Returns a package URL: `pkg:type/name@version?qualifier=value`. A name may have several parts, joined by `/`.
 * https://github.com/package-url/purl-spec
 */
export function packageUrl(
  type: string,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string>> = {},
): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  const query = Object.entries(qualifiers)
    .toSorted(([first], [second]) => (first < second ? -1 : 1))
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `pkg:${type}/${path}@${encodeURIComponent(version)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}
