import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { connect } from "../../packages/provider-kit/engine";
import { bypassProxy, isExcluded, ownHosts, proxyVariables, withoutProxy } from "../../scripts/lib/proxy";
import { ClientProcess } from "../../scripts/smoke/client-process";
import { ended } from "../support/answer";
import { openRecordingProxy, type RecordingProxy } from "../support/recording-proxy";

// Most tests start a command, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const project = join(__dirname, "../..");
const environment = { ...process.env };
let proxy: RecordingProxy;

beforeEach(async () => {
  proxy = await openRecordingProxy();
  for (const name of ["no_proxy", "NO_PROXY", "no_grpc_proxy"]) delete process.env[name];
  Object.assign(process.env, proxy.environment);
});
afterEach(() => {
  proxy.close();
  process.env = { ...environment };
});

test("adds hosts to the user's no_proxy and NO_PROXY without duplicates", () => {
  const user = { https_proxy: "http://proxy:3128", no_proxy: "intra.example.com, 10.0.0.1", NO_PROXY: ".corp" };
  const list = "intra.example.com,10.0.0.1,.corp,localhost,192.0.2.7";
  for (const hosts of [["localhost", "192.0.2.7"], ["192.0.2.7", ""], []]) bypassProxy(hosts, user);
  expect(user).toEqual({ https_proxy: "http://proxy:3128", no_proxy: list, NO_PROXY: list, no_grpc_proxy: list });
});

test("keeps the user's no_proxy=*, and lists the hosts in no_grpc_proxy, because gRPC does not support *", () => {
  const user = { HTTP_PROXY: "http://proxy:3128", NO_PROXY: "*" };
  bypassProxy(["localhost"], user);
  expect(user).toMatchObject({ no_proxy: "*", NO_PROXY: "*", no_grpc_proxy: "localhost" });
});

test("without a proxy, changes no environment variable", () => {
  const user = { NO_PROXY: ".corp", http_proxy: "" };
  expect(bypassProxy(["localhost"], user)).toEqual({});
  expect(user).toEqual({ NO_PROXY: ".corp", http_proxy: "" });
});

test("an image build gets the proxy variables and the exclusions, or no variable if no proxy is set", () => {
  const user = { https_proxy: "http://proxy:3128", NO_PROXY: "mirror.corp", PATH: "/bin", http_proxy: "" };
  expect(proxyVariables(user)).toEqual({ https_proxy: "http://proxy:3128", NO_PROXY: "mirror.corp" });
  expect(proxyVariables({ NO_PROXY: "mirror.corp" })).toEqual({});
});

test("removes only the proxy variables from the environment of programs that do not read no_proxy", () => {
  expect(withoutProxy({ PATH: "/bin", ALL_PROXY: "x", https_proxy: "x", no_proxy: "y" })).toEqual({
    PATH: "/bin",
    no_proxy: "y",
  });
});

test("the list of this machine's hosts has loopback and the addresses of network interfaces", () => {
  expect(ownHosts().slice(0, 3)).toEqual(["localhost", "127.0.0.1", "::1"]);
  expect(ownHosts()).toEqual([...new Set(ownHosts())]);
});

test.each([
  ["https://corp.example/", "corp.example", true],
  ["https://registry.corp.example/", "corp.example", true],
  ["https://registry.corp.example/", ".Corp.Example", true],
  ["https://registry.corp.example/", "*.corp.example", true],
  ["https://registry.corp.example./", "corp.example.", true],
  ["https://mycorp.example/", "corp.example", false],
  ["https://corp.example.net/", "corp.example", false],
  ["https://registry.corp.example/", "*", true],
  ["https://registry.corp.example/", ".", false],
  ["https://registry.corp.example/", "corp.example:443", true],
  ["https://registry.corp.example:5000/", "corp.example:443", false],
  ["http://registry.corp.example/", "corp.example:80", true],
  ["http://[::1]:2/", "::1", true],
  ["http://[::1]:2/", "[::1]", true],
  ["http://[::1]:2/", "[0:0:0:0:0:0:0:1]:2", true],
  ["http://[::1]:3/", "[::1]:2", false],
  ["http://[fd00::7]/", "fd00::/8", true],
  ["http://10.1.2.3/", "10.1.2.3", true],
  ["http://10.1.2.3/", "10.0.0.0/8", true],
  ["http://11.1.2.3/", "10.0.0.0/8", false],
  ["http://10.1.2.3/", "1.2.3", false],
  ["http://10.1.2.3/", "10.1.2.3/33", false],
  ["http://10.1.2.3/", "10.1.2.3/", false],
  ["http://[fd00::7]/", "fe80::1%eth0", false],
])("the URL %s matches the no_proxy entry %j: %s", (url, entry, expected) => {
  expect(isExcluded(new URL(url), ["other.example", entry])).toBe(expected);
});

test("a provider plugin bypasses the proxy to reach the engine", async () => {
  const server = new Server();
  const logged = new Promise<string>((resolve) => {
    server.addService(EngineService as never, {
      log: (call: { request: { getMessage(): string } }) => resolve(call.request.getMessage()),
    });
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  try {
    const gone = new Promise<string>((resolve) => {
      connect(`127.0.0.1:${port}`, () => resolve("the engine is gone")).log("urn", "hello");
    });
    expect(await Promise.race([logged, gone])).toBe("hello");
    expect(proxy.requests).toEqual([]);
  } finally {
    server.forceShutdown();
  }
});

test("the smoke test's native client bypasses the proxy to reach its gateway", async () => {
  const client = new ClientProcess();
  const request = { path: "udp", url: "ws://127.0.0.1:9", apiKey: "key", apiSecret: "s".repeat(32) } as const;
  try {
    const answer = await client.call({ ...request, timeoutSeconds: 3 });
    const message = "127.0.0.1:9: connection refused";
    expect(answer).toMatchObject({ report: { failure: { layer: "signalling", message } } });
    expect(proxy.requests).toEqual([]);
  } finally {
    await client.end();
  }
});

const evaluating = (script: string) => ["--require", "./scripts/lib/typescript.cjs", "--eval", script];

/** Runs a line of TypeScript in a separate process: Jest loads no ES modules. */
async function evaluated(script: string): Promise<string> {
  const { stdout } = await ended(process.execPath, evaluating(script), process.env, project);
  return stdout.trim();
}

test("child processes of a command bypass the proxy for loopback and the user's exclusions", async () => {
  process.env["NO_PROXY"] = ".corp";
  const script = `require("./scripts/lib/cli.ts").runMain(async () => console.log(process.env.no_proxy))`;
  expect((await evaluated(script)).split(",")).toEqual(expect.arrayContaining([".corp", ...ownHosts()]));
});

/** Fetches in a command and prints the cause of its failure. Every host name resolves to a loopback address. */
const fetched = (url: string) =>
  evaluated(`require("node:dns").lookup = (name, options, done) => done(null, [{ address: "127.0.0.91", family: 4 }]);
    require("./scripts/lib/cli.ts").runMain(() =>
    fetch("${url}", { headers: new Headers([["accept", "*/*"]]), signal: AbortSignal.timeout(4000) }).then(
      () => console.log("answered"),
      (error) => console.log(require("./model/errors/innermost-cause.ts").innermostCause(error).message)))`);

/** A loopback address that this machine does not list, so commands treat it as another machine and use the proxy. */
const other = "https://127.0.0.91:2/v2/";

test("a command's requests to other machines use the proxy, and requests to this machine bypass the proxy", async () => {
  expect(await fetched(other)).toContain("Proxy response (403)");
  expect(proxy.requests).toEqual(["CONNECT 127.0.0.91:2"]);
  expect(await fetched("http://127.0.0.1:2/")).toMatch(/ECONNREFUSED/);
  expect(proxy.requests).toHaveLength(1);
});

test.each([
  ["http://[::1]:2/", ""],
  ["https://registry.corp.example:2/", "corp.example"],
  [other, "91,127.0.0.91:2"],
  [other, "127.0.0.88/29 corp.example"],
])("a request for %s bypasses the proxy with no_proxy %j", async (url, exclusions) => {
  process.env["no_proxy"] = exclusions;
  expect(await fetched(url)).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|EAFNOSUPPORT/);
  expect(proxy.requests).toEqual([]);
});

test("a request for an http: URL is sent to the proxy without a tunnel", async () => {
  expect(await fetched("http://127.0.0.91:2/path?a=b")).toBe("answered");
  expect(proxy.requests).toEqual(["GET http://127.0.0.91:2/path?a=b"]);
});

test("fetch sends a Request's method, headers and body through the proxy; the options of fetch override the Request's values", async () => {
  const received: object[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    received.push({ method, url, accept: headers.accept, body: await text(request) });
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env["http_proxy"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = "http://127.0.0.91:2/v2/";
  try {
    await evaluated(`require("./scripts/lib/proxy.ts").proxyFetch();
      const request = () => new Request("${url}", { method: "PUT", headers: { accept: "a/b" }, body: "content" });
      fetch(request()).then(() => fetch(request(), { method: "POST", body: "other" })).then(() =>
        fetch(new Request("${url}")))`);
    expect(received).toEqual([
      { method: "PUT", url, accept: "a/b", body: "content" },
      { method: "POST", url, accept: "a/b", body: "other" },
      { method: "GET", url, accept: "*/*", body: "" },
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a redirect from this machine to another machine uses the proxy", async () => {
  const server = createServer((_, response) => void response.writeHead(302, { location: other }).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    expect(await fetched(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toContain("Proxy response");
    expect(proxy.requests).toEqual(["CONNECT 127.0.0.91:2"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a request through a proxy prints no warning", async () => {
  const script = `require("./scripts/lib/proxy.ts").proxyFetch(); fetch("${other}").catch(() => console.log("rejected"))`;
  const args = ["--disable-warning=ExperimentalWarning", ...evaluating(script)];
  expect((await ended(process.execPath, args, process.env, project)).all).toBe("rejected\n");
});

test.each([
  ["all_proxy", (url: string) => url, /Proxy response/],
  ["HTTPS_PROXY", (url: string) => url.replace("http://", ""), /Proxy response/],
  ["https_proxy", (url: string) => url.replace("http://", "socks5://"), /ECONNREFUSED/],
  ["http_proxy", (url: string) => url, /ECONNREFUSED/],
  ["HTTP_PROXY", (url: string) => url, /answered/, "http://127.0.0.91:2/"],
])(
  "a request uses %s only if the variable applies to the URL's scheme and names an HTTP proxy, with or without http://",
  async (name, as, message, url = other) => {
    for (const each of Object.keys(proxy.environment)) delete process.env[each];
    process.env[name] = as(proxy.environment["https_proxy"] ?? "");
    expect(await fetched(url)).toMatch(message);
  },
);

test("the check that Pulumi's downloads are reachable uses the proxy", async () => {
  const script = `const { downloadsReachable } = require("./scripts/toolchain/official.ts");
    downloadsReachable(require("./scripts/toolchain/machine.ts").thisMachine).then(console.log)`;
  expect(await evaluated(script)).toBe("false");
  expect(proxy.requests).toEqual(["CONNECT get.pulumi.com:443"]);
});
