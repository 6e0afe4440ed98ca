import { z } from "zod";
import { type Bom, packageUrl } from "../../scripts/sbom/cyclonedx";

/** `pkg:type/name@version?qualifiers`, where every part is percent-encoded. */
const purl = z
  .string()
  .regex(/^pkg:[a-z]+(\/[\w.~!'()*%-]+)+@[\w.~!'()*%-]+(\?[a-z]+=[\w.~%-]+(&[a-z]+=[\w.~%-]+)*)?$/);
const text = z.string().min(1);

/** The members of CycloneDX 1.5 that scanners need: https://cyclonedx.org/docs/1.5/json/ */
const bom = z.object({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.literal("1.5"),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  version: z.literal(1),
  metadata: z.object({
    timestamp: z.iso.datetime(),
    component: z.object({ type: z.enum(["application", "container"]), name: text, version: text }),
  }),
  components: z
    .array(
      z.discriminatedUnion("type", [
        z.object({ type: z.literal("library"), "bom-ref": text, name: text, version: text, purl }),
        z.object({ type: z.literal("operating-system"), "bom-ref": text, name: text, version: text }),
      ]),
    )
    .min(1),
});

/** Fails unless the document is CycloneDX, each component is there once and each package has its package URL. */
export function expectBom(document: Bom): void {
  const { components } = bom.parse(document);
  const refs = components.map((component) => component["bom-ref"]);
  expect(refs).toEqual([...new Set(refs)]);
  for (const component of components) {
    if (component.type === "library")
      expect(component.purl).toContain(`@${packageUrl("", "", component.version).slice(6)}`);
  }
}
