import { portCount } from "../../../model/ports/table";
import { fileOf, render, turnSettings } from "../../support/local-bundle";

const rendered = (values = {}) => {
  const { fleet, files } = render(values);
  return { ...fleet, coturn: turnSettings(fileOf(files, "coturn", "turnserver.conf")) };
};

test.each([
  ["one TURN URL", {}, 6],
  ["TURN URLs for UDP and for TLS on 443", { domain: "example.com" }, 12],
  ["all four TURN URLs", { domain: "example.com", turnTransports: '["tcp", "tls"]' }, 24],
])("Coturn's user quota is three times the allocations of a client that has %s", (_, values, quota) => {
  expect(rendered(values).coturn.get("user-quota")).toEqual([String(quota)]);
});

test("Coturn's total quota is the number of relay ports", () => {
  const { ports, coturn } = rendered({ ports: '{"relay": "20000-32767"}' });
  expect(coturn.get("total-quota")).toEqual([String(portCount(ports.relay))]);
  expect(portCount(ports.relay)).toBe(12_768);
});

test("Coturn expires an abandoned allocation after two minutes", () => {
  expect(rendered().coturn.get("max-allocate-lifetime")).toEqual(["120"]);
});

test("turnserver.conf has no option that Coturn 4.17 reports as deprecated or redundant", () => {
  const deprecated = ["no-rfc5780", "no-software-attribute", "simple-log", "no-cli", "no-dtls", "no-tlsv1"];
  expect([...rendered().coturn.keys()].filter((option) => deprecated.includes(option))).toEqual([]);
});
