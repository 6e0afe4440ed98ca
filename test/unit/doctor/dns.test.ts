import { caa, delegation } from "../../../scripts/doctor/dns";

const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
const issue = (value: string) => ({ critical: 0, issue: value });
const issueWild = (value: string) => ({ critical: 0, issuewild: value });

test("accepts a DNS delegation to the zone's own name servers in any order and spelling", () => {
  expect(
    delegation("example.com", ["ns-1.example.net", "ns-2.example.org"], ["NS-2.example.org.", "ns-1.example.net"]),
  ).toBe("ns-1.example.net, ns-2.example.org");
});

test.each([
  ["the parent zone does not have it", [], /name servers are ns-1/],
  ["it names other name servers", ["ns.registrar.example"], /delegated to ns\.registrar\.example, but .* ns-1/],
])("rejects a DNS delegation: %s", (_, found, cause) => {
  expect(() => delegation("example.com", ["ns-1.example.net"], found)).toThrow(cause);
});

test.each([
  ["no record", []],
  ["one of the CA", [issue("letsencrypt.org")]],
  ["one with parameters", [issue("letsencrypt.org; validationmethods=dns-01")]],
  ["several", [issue("pki.goog"), issue("letsencrypt.org")]],
  ["others for reports alone", [{ critical: 0, iodef: "mailto:ops@example.com" }]],
])("accepts CAA records that allow the configured CA: %s", (_, records) => {
  expect(() => caa("example.com", letsEncrypt, records)).not.toThrow();
});

test.each([
  ["another CA's", [issue("pki.goog")], /for example\.com and \*\.example\.com/],
  ["no CA's", [issue(";")], /for example\.com and/],
  ["one that keeps wildcards to another", [issue("letsencrypt.org"), issueWild("pki.goog")], /for \*\.example\.com$/],
])("rejects CAA records that exclude the configured CA: %s", (_, records, cause) => {
  expect(() => caa("example.com", letsEncrypt, records)).toThrow(cause);
});

test("does not validate CAA records for a CA whose CAA name is unknown", () => {
  expect(caa("example.com", "https://acme.example.net/directory", [issue("pki.goog")])).toMatch(/not checked/);
});
