import { caa, delegation } from "../../../scripts/doctor/dns";

const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
const issue = (value: string) => ({ critical: 0, issue: value });
const issueWild = (value: string) => ({ critical: 0, issuewild: value });

test("the delegation check accepts the zone's own name servers in any order, case and with or without a final dot", () => {
  expect(
    delegation("example.com", ["ns-1.example.net", "ns-2.example.org"], ["NS-2.example.org.", "ns-1.example.net"]),
  ).toBe("ns-1.example.net, ns-2.example.org");
});

test.each([
  ["that is missing in the parent zone", [], /name servers are ns-1/],
  ["to other name servers", ["ns.registrar.example"], /delegated to ns\.registrar\.example, but .* ns-1/],
])("the delegation check rejects a DNS delegation %s", (_, found, cause) => {
  expect(() => delegation("example.com", ["ns-1.example.net"], found)).toThrow(cause);
});

test.each([
  ["no record", []],
  ["a record for this CA", [issue("letsencrypt.org")]],
  ["a record for this CA with parameters", [issue("letsencrypt.org; validationmethods=dns-01")]],
  ["records for several CAs", [issue("pki.goog"), issue("letsencrypt.org")]],
  ["a record that has only an address for reports", [{ critical: 0, iodef: "mailto:ops@example.com" }]],
])("the CAA check accepts CAA records that allow the configured CA: %s", (_, records) => {
  expect(() => caa("example.com", letsEncrypt, records)).not.toThrow();
});

test.each([
  ["a record for another CA", [issue("pki.goog")], /for example\.com and \*\.example\.com/],
  ["a record that forbids every CA", [issue(";")], /for example\.com and/],
  [
    "a record that allows wildcards only to another CA",
    [issue("letsencrypt.org"), issueWild("pki.goog")],
    /for \*\.example\.com$/,
  ],
])("the CAA check rejects CAA records that exclude the configured CA: %s", (_, records, cause) => {
  expect(() => caa("example.com", letsEncrypt, records)).toThrow(cause);
});

test("the CAA check does not validate CAA records if the CAA name of the configured CA is unknown", () => {
  expect(caa("example.com", "https://acme.example.net/directory", [issue("pki.goog")])).toMatch(/not checked/);
});
