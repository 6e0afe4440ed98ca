import type { HealthCheck, HealthCheckConfig } from "@aws-sdk/client-route-53";
import { nameChecks } from "../../network/name-checks";

const healthCheck = (HealthCheckConfig: HealthCheckConfig): HealthCheck => ({
  Id: "hc-1",
  CallerReference: "1",
  HealthCheckVersion: 1,
  HealthCheckConfig,
});
const https: HealthCheckConfig = {
  Type: "HTTPS",
  IPAddress: "198.51.100.4",
  FullyQualifiedDomainName: "livekit.example.com",
  RequestInterval: 10,
  FailureThreshold: 2,
};

test("a Route 53 health check becomes a probe with the configured address, host name and threshold, initially healthy", () => {
  expect(nameChecks([healthCheck(https)], () => {})).toEqual([
    {
      id: "hc-1",
      inverted: false,
      disabled: false,
      check: expect.objectContaining({
        address: "198.51.100.4",
        port: 443,
        protocol: "https",
        path: "/",
        codes: "200-399",
        hostname: "livekit.example.com",
        from: "198.19.0.1",
        intervalSeconds: 10,
        timeoutSeconds: 6,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        initially: true,
      }),
    },
  ]);
});

test("an inverted Route 53 health check shares the probe of the same check without inversion; another path has its own probe", () => {
  const keyOf = (config: HealthCheckConfig) => nameChecks([healthCheck(config)], () => {})[0]?.check.key;
  expect(keyOf({ ...https, Inverted: true })).toBe(keyOf(https));
  expect(keyOf({ ...https, ResourcePath: "/other" })).not.toBe(keyOf(https));
});

test("a Route 53 health check over TCP has a timeout of ten seconds", () => {
  const tcp = healthCheck({ Type: "TCP", IPAddress: "198.51.100.4", Port: 443 });
  expect(nameChecks([tcp], () => {})[0]?.check).toMatchObject({ protocol: "tcp", timeoutSeconds: 10 });
});

test("the simulator reports a Route 53 health check of an unsupported type", () => {
  const unknown: string[] = [];
  const found = [healthCheck({ Type: "CALCULATED" }), healthCheck({ Type: "TCP", FullyQualifiedDomainName: "a.b" })];
  expect(nameChecks(found, (what) => unknown.push(what))).toEqual([]);
  expect(unknown).toEqual(["health check hc-1: CALCULATED of no address", "health check hc-1: TCP of no address"]);
});
