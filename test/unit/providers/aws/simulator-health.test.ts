import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HealthChecks } from "../../../../packages/aws-simulator/network/health";
import type { Check } from "../../../../packages/aws-simulator/network/state";
import { eventually } from "../../../support/eventually";

let server: Server;
let status: number;
/** How many checks the server has answered. */
let asked: number;
let checks: HealthChecks;
let verdicts: (boolean | undefined)[];

beforeEach(async () => {
  status = 200;
  asked = 0;
  server = createServer((_, response) => {
    asked++;
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  verdicts = [];
  checks = new HealthChecks(() => verdicts.push(checks.healthy("one")));
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

const becomes = (expected: readonly boolean[]) => eventually(async () => expect(verdicts).toEqual(expected), 2_000);

test("a target is well at its first good answer, and a verdict changes after as many as its group says", async () => {
  checks.watch([check("http")]);
  expect(checks.healthy("one")).toBe(false);
  await becomes([true]);
  status = 500;
  await becomes([true, false]);
  status = 204;
  await becomes([true, false, true]);
});

test("a status that the group does not name is no health", async () => {
  checks.watch([check("http", "201,203-204")]);
  await becomes([]);
  await eventually(async () => expect(asked).toBeGreaterThan(3), 2_000);
  expect(verdicts).toEqual([]);
  status = 203;
  await becomes([true]);
});

test("a target that takes connections is well, and one that does not is not", async () => {
  checks.watch([check("tcp")]);
  await becomes([true]);
  server.close();
  await becomes([true, false]);
});

test("what is watched no more has no verdict", async () => {
  checks.watch([check("tcp")]);
  await becomes([true]);
  checks.watch([]);
  expect(checks.healthy("one")).toBeUndefined();
});

test("a target that is well to begin with takes as many bad answers as its group says", async () => {
  status = 500;
  checks.watch([{ ...check("http"), initially: true, hostname: "livekit.example.com", from: "127.0.0.1" }]);
  expect(checks.healthy("one")).toBe(true);
  await becomes([false]);
});
