import { perAddress, workerConnections } from "../../../model/limits";
import { monitoringPorts } from "../../../model/ports/internal";
import { fileOf, render } from "../../support/local-bundle";
import { nodeBundle, fileOf as nodeFileOf } from "../../support/node-bundle";

const local = (values: Record<string, string>) => fileOf(render(values).files, "nginx", "nginx.conf");
const monitoredNode = nodeFileOf(nodeBundle({ monitoring: "true" }).bundle, "stack/nginx/nginx.conf");

const number = (text: string, directive: string) => Number(new RegExp(`\\b${directive} (\\d+)s?;`).exec(text)?.[1]);

test("an nginx worker may open at least one file per connection, regardless of Docker's soft limit", () => {
  const { specs, files } = render({ domain: "example.com" });
  const conf = fileOf(files, "nginx", "nginx.conf");
  const openFiles = number(conf, "worker_rlimit_nofile");
  expect(number(conf, "worker_connections")).toBe(workerConnections);
  expect(openFiles).toBeGreaterThan(workerConnections);
  expect(specs.find(({ name }) => name === "nginx")?.openFiles).toBe(openFiles);
});

test("one address can take at most half of an nginx worker's connections", () => {
  const conf = local({ domain: "example.com" });
  // A client's connection takes a second one, to LiveKit or Coturn. With HTTP/2, each open request takes one. `pass` takes
  // none.
  const taken = 2 * number(conf, "limit_conn streams") + number(conf, "limit_conn connections");
  expect(taken).toBeLessThanOrEqual(number(conf, "worker_connections") / 2);
});

test.each([
  ["with a domain", local({ domain: "example.com", nodes: "2" }), [443, 7880]],
  ["without a domain", local({}), [443]],
  ["of a monitored node on AWS", monitoredNode, [443, monitoringPorts.scrape]],
])("nginx.conf %s limits connections per address once on each port, before http", (_, conf, ports) => {
  const listen = (text = "") => [...text.matchAll(/\blisten (\d+)\b/g)].map(([, port]) => Number(port));
  const [stream, http] = conf.split("http {");
  expect(listen(stream)).toEqual(ports);
  expect(listen(http)).toEqual([]);
  for (const port of ports) expect(stream).toMatch(new RegExp(`listen ${port};\\s+limit_conn streams`));
  // A connection to TURN runs through a second server of `stream`, which must not count it again.
  expect(stream?.match(/limit_conn streams/g)).toHaveLength(ports.length);
  // Each participant behind an address may have three connections: a WebSocket, and TURN/TLS for two peer connections.
  expect(number(conf, "limit_conn streams")).toBe(perAddress.streamConnections);
  expect(perAddress.streamConnections).toBeGreaterThanOrEqual(3 * perAddress.connections);
});

test("nginx closes connections of silent clients early, and keeps WebSockets and TURN/TLS for a day", () => {
  const conf = local({ domain: "example.com" });
  for (const waits of ["preread", "client_header", "client_body"]) {
    expect([waits, number(conf, `${waits}_timeout`)]).toEqual([waits, 15]);
  }
  expect(number(conf, "keepalive_timeout")).toBe(30);
  const days = [...conf.matchAll(/\bproxy_(?:read_|send_)?timeout (\d+)s;/g)].map(([, seconds]) => Number(seconds));
  expect(days).toEqual([86_400, 86_400, 86_400]);
});
