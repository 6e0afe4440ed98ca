import type { HealthCheck } from "@aws-sdk/client-route-53";
import { addresses, type Check, type NameCheck } from "./state";

/**
 * Timeout of a check. HTTP: 4 s to connect and 2 s to respond; TCP: 10 s to connect (AWS's Route 53 guide, "how Route
 * 53 determines whether a health check is healthy").
 */
const timeoutSeconds = { http: 6, https: 6, tcp: 10 } as const;

/**
 * Converts Route 53 health checks of IP addresses into checks from the simulated internet.
 * @param unknown called for each unsupported kind of health check; its records always count as healthy
 */
export function nameChecks(found: readonly HealthCheck[], unknown: (what: string) => void): NameCheck[] {
  return found.flatMap(({ Id: id = "", HealthCheckConfig: config }) => {
    const protocol = protocolOf(config?.Type);
    if (config === undefined || protocol === undefined || config.IPAddress === undefined) {
      unknown(`health check ${id}: ${config?.Type} of ${config?.IPAddress ?? "no address"}`);
      return [];
    }
    const threshold = config.FailureThreshold ?? 3;
    const check: Omit<Check, "key"> = {
      address: config.IPAddress,
      port: config.Port ?? (protocol === "https" ? 443 : 80),
      protocol,
      path: config.ResourcePath ?? "/",
      codes: "200-399",
      intervalSeconds: config.RequestInterval ?? 30,
      timeoutSeconds: timeoutSeconds[protocol],
      healthyThreshold: threshold,
      unhealthyThreshold: threshold,
      initially: true,
      from: addresses.internetRouter,
      ...(config.FullyQualifiedDomainName && { hostname: config.FullyQualifiedDomainName }),
    };
    const key = [id, ...Object.values(check)].join(" ");
    return [{ id, check: { ...check, key }, inverted: config.Inverted ?? false, disabled: config.Disabled ?? false }];
  });
}

function protocolOf(type: string | undefined): Check["protocol"] | undefined {
  const protocols: Readonly<Record<string, Check["protocol"]>> = { HTTP: "http", HTTPS: "https", TCP: "tcp" };
  return protocols[type ?? ""];
}
