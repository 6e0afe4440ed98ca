import type { EnvHttpProxyAgent } from "undici";
import { ownAddresses } from "../../stacks/host";

type Environment = Record<string, string | undefined>;

const proxyName = /^(https?|all|grpc)_proxy$/i;

/** Returns the variables that name a proxy, in either spelling, and those that exclude hosts. None without a proxy. */
export function proxyVariables(environment: Environment = process.env): Record<string, string> {
  const matching = (pattern: RegExp) =>
    Object.entries(environment).flatMap(([name, value]) => (pattern.test(name) && value ? [[name, value]] : []));
  const proxies = matching(proxyName);
  return Object.fromEntries(proxies.length === 0 ? [] : [...proxies, ...matching(/^no_proxy$/i)]);
}

/** Removes proxy variables, for programs that don't read no_proxy, such as the native WebRTC client. */
export function withoutProxy<Variables extends Environment>(environment: Variables): Variables {
  const kept = Object.entries(environment).filter(([name]) => !proxyName.test(name));
  return Object.fromEntries(kept) as Variables;
}

/**
 * Excludes hosts from the proxy, for this process and its children. The user's own exclusions stay.
 * @param environment is modified
 * @returns the changed variables; none if the environment has no proxy
 */
export function bypassProxy(hosts: readonly string[], environment: Environment = process.env): Record<string, string> {
  if (Object.keys(proxyVariables(environment)).length === 0) return {};
  const listed = [...entries(environment["no_proxy"]), ...entries(environment["NO_PROXY"])];
  const all = [...new Set([...listed, ...hosts.filter((host) => host !== "")])];
  // Only a single "*" excludes every host: in a list, curl and Python treat it as a name.
  const list = all.includes("*") ? "*" : all.join(",");
  // Node's gRPC client does not support "*".
  const named = all.filter((entry) => entry !== "*");
  const grpc = [...new Set([...entries(environment["no_grpc_proxy"]), ...named])].join(",");
  const variables = { no_proxy: list, NO_PROXY: list, no_grpc_proxy: grpc };
  Object.assign(environment, variables);
  return variables;
}

/**
 * Makes `fetch` use the proxies of the environment, which Node 20's own ignores. Skips proxies that do not speak HTTP,
 * such as SOCKS. Loads undici with the first request: most commands make none.
 */
export function proxyFetch(environment: Environment = process.env): void {
  const proxies = { "http:": fetchProxy("http", environment), "https:": fetchProxy("https", environment) };
  if (Object.values(proxies).every((proxy) => proxy === "")) return;
  const direct = globalThis.fetch;
  const agents = new Map<string, EnvHttpProxyAgent>();
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const proxy = proxies[new URL(url).protocol as keyof typeof proxies] ?? "";
    if (proxy === "") return direct(input, init);
    const undici = require("undici") as typeof import("undici");
    // The agent reads no_proxy at each request.
    const dispatcher = agents.get(proxy) ?? new undici.EnvHttpProxyAgent({ httpProxy: proxy, httpsProxy: proxy });
    agents.set(proxy, dispatcher);
    return undici.fetch(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
  };
}

/** Returns the proxy for a protocol, chosen and completed as curl does; empty if there is none that `fetch` can use. */
function fetchProxy(protocol: "http" | "https", environment: Environment): string {
  const names = [`${protocol}_proxy`, `${protocol}_proxy`.toUpperCase(), "all_proxy", "ALL_PROXY"];
  const proxy = names.map((name) => environment[name]).find((value) => value) ?? "";
  const url = proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`;
  return /^https?:/i.test(url) && URL.canParse(url) ? url : "";
}

/** Lists loopback and this machine's addresses, where the Pulumi engine, its plugins and a local stack listen. */
export function ownHosts(): string[] {
  return [...new Set(["localhost", "127.0.0.1", "::1", ...ownAddresses()])];
}

function entries(list = ""): string[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
