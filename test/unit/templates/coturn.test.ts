import { portCount } from "../../../model/ports";
import { fileOf, render, turnSettings } from "../../support/local-bundle";

const rendered = (values = {}) => {
  const { fleet, specs } = render(values);
  return { ...fleet, coturn: turnSettings(fileOf(specs, "coturn", "turnserver.conf")) };
};

test.each([
  ["one URL", {}, 6],
  ["UDP, and TLS on 443", { domain: "example.com" }, 12],
  ["all four", { domain: "example.com", turnTransports: '["tcp", "tls"]' }, 24],
])("a participant may hold three times what its client allocates on %s", (_, values, quota) => {
  expect(rendered(values).coturn.get("user-quota")).toEqual([String(quota)]);
});

test("all participants together may hold as many relay ports as there are", () => {
  const { ports, coturn } = rendered({ ports: '{"relay": "20000-32767"}' });
  expect(coturn.get("total-quota")).toEqual([String(portCount(ports.relay))]);
  expect(portCount(ports.relay)).toBe(12_768);
});

test("an allocation that its client abandons at once is gone after two minutes", () => {
  expect(rendered().coturn.get("max-allocate-lifetime")).toEqual(["120"]);
});

test("no option is one that Coturn 4.17 warns of as deprecated or redundant", () => {
  const deprecated = ["no-rfc5780", "no-software-attribute", "simple-log", "no-cli", "no-dtls", "no-tlsv1"];
  expect([...rendered().coturn.keys()].filter((option) => deprecated.includes(option))).toEqual([]);
});
