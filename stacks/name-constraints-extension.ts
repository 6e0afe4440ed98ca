import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1 from "@peculiar/asn1-x509";
import { excludedDomains, type NameConstraints } from "../model/name-constraints";

/** OID of the extension. */
export const nameConstraintsId = asn1.id_ce_nameConstraints;

/** Encodes the extension's value as DER. */
export function encodeNameConstraints(constraints: NameConstraints): ArrayBuffer {
  const { dnsNames, networks } = constraints;
  const excluded = excludedDomains(constraints).map((dNSName) => ({ dNSName }));
  return AsnConvert.serialize(
    new asn1.NameConstraints({
      permittedSubtrees: subtrees([
        ...dnsNames.map((dNSName) => ({ dNSName })),
        ...networks.map((iPAddress) => ({ iPAddress })),
      ]),
      ...(excluded.length > 0 && { excludedSubtrees: subtrees(excluded) }),
    }),
  );
}

/** Returns the permitted names of a CA certificate (DER). Undefined if the CA may sign for every name. */
export function readNameConstraints(certificate: ArrayBuffer | Uint8Array): NameConstraints | undefined {
  const { extensions } = AsnConvert.parse(certificate, asn1.Certificate).tbsCertificate;
  const extension = extensions?.find(({ extnID }) => extnID === nameConstraintsId);
  if (extension === undefined) return undefined;
  const { permittedSubtrees = [] } = AsnConvert.parse(extension.extnValue, asn1.NameConstraints);
  return {
    dnsNames: permittedSubtrees.flatMap(({ base }) => base.dNSName ?? []),
    networks: permittedSubtrees.flatMap(({ base }) => base.iPAddress ?? []),
  };
}

function subtrees(names: readonly Partial<asn1.GeneralName>[]): asn1.GeneralSubtrees {
  return new asn1.GeneralSubtrees(names.map((name) => new asn1.GeneralSubtree({ base: new asn1.GeneralName(name) })));
}
