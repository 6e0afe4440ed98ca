import { perAddress, workerConnections } from "../../../model/limits";
import { fileOf, render } from "../../support/local-bundle";

/**
 * nginx connections for one WebSocket to port 443 with SNI routing. `stream` and `http` each accept one connection and
 * open one.
 */
const perWebSocket = 4;

const number = (text: string, directive: string) => Number(new RegExp(`\\b${directive} (\\d+);`).exec(text)?.[1]);

test("an nginx worker may open at least one file per connection, regardless of Docker's soft limit", () => {
  const { specs, files } = render({ domain: "example.com" });
  const conf = fileOf(files, "nginx", "nginx.conf");
  const openFiles = number(conf, "worker_rlimit_nofile");
  expect(number(conf, "worker_connections")).toBe(workerConnections);
  expect(openFiles).toBeGreaterThan(workerConnections);
  expect(workerConnections).toBeGreaterThan(1000 * perWebSocket);
  expect(specs.find(({ name }) => name === "nginx")?.openFiles).toBe(openFiles);
});

test("nginx limits connections per address on port 443 if HTTPS and TURN/TLS share the port", () => {
  const stream = fileOf(render({ domain: "example.com" }).files, "nginx", "nginx.conf").split("http {")[0];
  expect(stream).toContain("limit_conn_zone $binary_remote_addr zone=streams:");
  expect(stream).toMatch(new RegExp(`listen 443;\\s+limit_conn streams ${perAddress.streamConnections};`));
  expect(stream?.match(/limit_conn streams/g)).toHaveLength(1);
  // Each participant behind an address may have three connections: a WebSocket, and TURN/TLS for two peer connections.
  expect(perAddress.streamConnections).toBeGreaterThanOrEqual(3 * perAddress.connections);
});
