import { portCount } from "../../../model/ports/table";
import { fileOf, render, turnSettings } from "../../support/local-bundle";

const rendered = (values = {}) => {
  const { fleet, files } = render(values);
  return { ...fleet, coturn: turnSettings(fileOf(files, "coturn", "turnserver.conf")) };
};

test.each([
  ["one URL", {}, 6],
  ["UDP, and TLS on 443", { domain: "example.com" }, 12],
  ["all four", { domain: "example.com", turnTransports: '["tcp", "tls"]' }, 24],
])("the user quota is three times what a client allocates on %s", (_, values, quota) => {
  expect(rendered(values).coturn.get("user-quota")).toEqual([String(quota)]);
});

test("the total quota is the number of relay ports", () => {
  const { ports, coturn } = rendered({ ports: '{"relay": "20000-32767"}' });
  expect(coturn.get("total-quota")).toEqual([String(portCount(ports.relay))]);
  expect(portCount(ports.relay)).toBe(12_768);
});

test("an abandoned allocation expires after two minutes", () => {
  expect(rendered().coturn.get("max-allocate-lifetime")).toEqual(["120"]);
});

test("uses no option that Coturn 4.17 reports as deprecated or redundant", () => {
  const deprecated = ["no-rfc5780", "no-software-attribute", "simple-log", "no-cli", "no-dtls", "no-tlsv1"];
  expect([...rendered().coturn.keys()].filter((option) => deprecated.includes(option))).toEqual([]);
});
