import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../../../test/support/eventually";
import { HealthChecks } from "../../network/health";
import type { Check } from "../../network/state";

let server: Server;
let status: number;
/** Number of checks that the server has answered. */
let requests: number;
let checks: HealthChecks;
let results: (boolean | undefined)[];

beforeEach(async () => {
  status = 200;
  requests = 0;
  server = createServer((_, response) => {
    requests++;
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  results = [];
  checks = new HealthChecks(() => results.push(checks.healthy("one")));
});

afterEach(() => {
  checks.watch([]);
  server.close();
});

function check(protocol: Check["protocol"], codes = "200-299"): Check {
  return {
    key: "one",
    address: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    protocol,
    path: "/",
    codes,
    intervalSeconds: 0.05,
    timeoutSeconds: 1,
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    initially: false,
  };
}

const becomes = (expected: readonly boolean[]) => eventually(async () => expect(results).toEqual(expected), 2_000);

test("a target is healthy after its first successful check; later changes of its state need the target group's threshold", async () => {
  checks.watch([check("http")]);
  expect(checks.healthy("one")).toBe(false);
  await becomes([true]);
  status = 500;
  await becomes([true, false]);
  status = 204;
  await becomes([true, false, true]);
});

test("a target whose HTTP status is outside of the target group's matcher is unhealthy", async () => {
  checks.watch([check("http", "201,203-204")]);
  await becomes([]);
  await eventually(async () => expect(requests).toBeGreaterThan(3), 2_000);
  expect(results).toEqual([]);
  status = 203;
  await becomes([true]);
});

test("a target with a TCP health check is healthy while it accepts connections", async () => {
  checks.watch([check("tcp")]);
  await becomes([true]);
  server.close();
  await becomes([true, false]);
});

test("a target that is no longer checked has no health state", async () => {
  checks.watch([check("tcp")]);
  await becomes([true]);
  checks.watch([]);
  expect(checks.healthy("one")).toBeUndefined();
});

test("an initially healthy target becomes unhealthy after as many failed checks as the threshold", async () => {
  status = 500;
  checks.watch([{ ...check("http"), initially: true, hostname: "livekit.example.com", from: "127.0.0.1" }]);
  expect(checks.healthy("one")).toBe(true);
  await becomes([false]);
});
