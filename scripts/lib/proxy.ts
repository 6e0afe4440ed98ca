import { BlockList, isIP } from "node:net";
import type { Dispatcher } from "undici";
import { ownAddresses } from "../../stacks/host";

type Environment = Record<string, string | undefined>;

const proxyName = /^(https?|all|grpc)_proxy$/i;

/**
 * Returns the proxy variables and the variables that exclude hosts, in upper and lower case. Returns none if the
 * environment has no proxy.
 */
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
  const all = [...new Set([...exclusions(environment), ...hosts.filter((host) => host !== "")])];
  // "*" excludes every host only if it stands alone: within a list, curl and Python treat it as a host name.
  const list = all.includes("*") ? "*" : all.join(",");
  // Node's gRPC client does not support "*".
  const named = all.filter((entry) => entry !== "*");
  const grpc = [...new Set([...entries(environment["no_grpc_proxy"]), ...named])].join(",");
  const variables = { no_proxy: list, NO_PROXY: list, no_grpc_proxy: grpc };
  Object.assign(environment, variables);
  return variables;
}

/**
 * Makes `fetch` use the environment's proxies, which Node 20's `fetch` ignores. Skips proxies that do not speak HTTP,
 * such as SOCKS. Loads undici with the first request: most commands make none.
 */
export function proxyFetch(environment: Environment = process.env): void {
  const proxies = { "http:": fetchProxy("http", environment), "https:": fetchProxy("https", environment) };
  if (Object.values(proxies).every((proxy) => proxy === "")) return;
  const proxyOf = (url: URL) =>
    isExcluded(url, exclusions(environment)) ? "" : (proxies[url.protocol as keyof typeof proxies] ?? "");
  let dispatcher: Dispatcher | undefined;
  globalThis.fetch = async (input, init) => {
    const undici = require("undici") as typeof import("undici");
    dispatcher ??= createDispatcher(undici, proxyOf);
    return undici.fetch(input instanceof Request ? input.url : String(input), {
      ...(input instanceof Request && requestFields(input)),
      ...(init as object),
      dispatcher,
    }) as unknown as Promise<Response>;
  };
}

/** Returns a dispatcher that selects the proxy per request: after a redirect, the host may need another or none. */
function createDispatcher(undici: typeof import("undici"), proxyOf: (url: URL) => string): Dispatcher {
  const agents = new Map<string, Dispatcher>();
  return new undici.Agent().compose((direct) => (options, handler) => {
    const uri = proxyOf(new URL(String(options.origin)));
    if (uri === "") return direct(options, handler);
    // Opens no tunnels (CONNECT) for http: URLs, because many proxies allow tunnels only to port 443. If the proxy
    // itself has an https: URL, undici always opens a tunnel.
    const agent = agents.get(uri) ?? new undici.ProxyAgent({ uri, proxyTunnel: false });
    agents.set(uri, agent);
    return agent.dispatch(options, handler);
  });
}

/** Returns the fields of a request. undici does not accept the `Request` of Node's own copy of undici. */
function requestFields({ method, headers, body, signal, redirect }: Request): object {
  // fetch requires `duplex` with a body that is a stream.
  return { method, headers, body, signal, redirect, duplex: "half" };
}

/**
 * Reports whether an entry in the format of no_proxy excludes a URL. As for curl, Go and Python, a name excludes its
 * subdomains too, with and without a leading `.` or `*.`. As for curl and Go, an entry may be a network (CIDR).
 */
export function isExcluded(url: URL, entries: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return entries.some((entry) => {
    if (entry === "*") return true;
    // An IPv6 address with a port has brackets; one without a port may have none.
    const parts = /^(?:\[(?<address>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(entry)?.groups;
    if (parts?.["port"] !== undefined && Number(parts["port"]) !== Number(port)) return false;
    const excluded = parts?.["address"] ?? parts?.["name"] ?? entry;
    if (isIP(host) !== 0) return containsAddress(excluded, host);
    const name = excluded.toLowerCase().replace(/^\*?\.|\.$/g, "");
    return name !== "" && (host === name || host.endsWith(`.${name}`));
  });
}

/** Reports whether an address or a network (CIDR) contains an address. */
function containsAddress(network: string, address: string): boolean {
  const [, base = "", prefix] = /^([^/%]+)(?:\/(\d+))?$/.exec(network) ?? [];
  const bits = isIP(base) === 6 ? 128 : 32;
  const length = Number(prefix ?? bits);
  if (isIP(base) === 0 || length > bits) return false;
  const list = new BlockList();
  list.addSubnet(base, length, family(base));
  return list.check(address, family(address));
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/**
 * Returns the proxy for a protocol; empty if there is none that `fetch` can use. Reads the protocol's variable, then
 * all_proxy, each in lower case first. Unlike curl, reads HTTP_PROXY too: only in CGI programs can a client set it
 * through a header. A proxy without a scheme is an HTTP proxy.
 */
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

/** Lists the hosts that the user excludes from the proxy, from the variable in lower and in upper case. */
function exclusions(environment: Environment): string[] {
  return [...entries(environment["no_proxy"]), ...entries(environment["NO_PROXY"])];
}

/** Splits a list at commas and, as curl does, at blanks. */
function entries(list = ""): string[] {
  return list.split(/[,\s]+/).filter((entry) => entry !== "");
}
