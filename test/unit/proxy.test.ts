import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { connect } from "../../packages/provider-kit/engine";
import { bypassProxy, ownHosts, proxyVariables, withoutProxy } from "../../scripts/lib/proxy";
import { ClientProcess } from "../../scripts/smoke/client-process";
import { ended } from "../support/answer";
import { openRecordingProxy, type RecordingProxy } from "../support/recording-proxy";

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

test("excludes hosts beside the user's own exclusions, of both spellings, and again without repeating them", () => {
  const user = { https_proxy: "http://proxy:3128", no_proxy: "intra.example.com, 10.0.0.1", NO_PROXY: ".corp" };
  const list = "intra.example.com,10.0.0.1,.corp,localhost,192.0.2.7";
  for (const hosts of [["localhost", "192.0.2.7"], ["192.0.2.7", ""], []]) bypassProxy(hosts, user);
  expect(user).toEqual({ https_proxy: "http://proxy:3128", no_proxy: list, NO_PROXY: list, no_grpc_proxy: list });
});

test("keeps an exclusion of every host, which gRPC does not know", () => {
  const user = { HTTP_PROXY: "http://proxy:3128", NO_PROXY: "*" };
  bypassProxy(["localhost"], user);
  expect(user).toMatchObject({ no_proxy: "*", NO_PROXY: "*", no_grpc_proxy: "localhost" });
});

test("changes nothing where no proxy is named", () => {
  const user = { NO_PROXY: ".corp", http_proxy: "" };
  expect(bypassProxy(["localhost"], user)).toEqual({});
  expect(user).toEqual({ NO_PROXY: ".corp", http_proxy: "" });
});

test("an image's build gets the proxy with its exclusions, or nothing", () => {
  const user = { https_proxy: "http://proxy:3128", NO_PROXY: "mirror.corp", PATH: "/bin", http_proxy: "" };
  expect(proxyVariables(user)).toEqual({ https_proxy: "http://proxy:3128", NO_PROXY: "mirror.corp" });
  expect(proxyVariables({ NO_PROXY: "mirror.corp" })).toEqual({});
});

test("leaves every other variable to programs that don't read no_proxy", () => {
  expect(withoutProxy({ PATH: "/bin", ALL_PROXY: "x", https_proxy: "x", no_proxy: "y" })).toEqual({
    PATH: "/bin",
    no_proxy: "y",
  });
});

test("this machine's hosts are loopback and its interfaces' addresses", () => {
  expect(ownHosts().slice(0, 3)).toEqual(["localhost", "127.0.0.1", "::1"]);
  expect(ownHosts()).toEqual([...new Set(ownHosts())]);
});

test("a provider plugin reaches the engine past the proxy", async () => {
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

test("the smoke test's native client reaches its gateway past the proxy", async () => {
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

/** Runs a line of TypeScript in a process of its own: Jest loads no ES modules. */
async function evaluated(script: string): Promise<string> {
  const args = ["--require", "./scripts/lib/typescript.cjs", "--eval", script];
  const { stdout } = await ended(process.execPath, args, process.env, project);
  return stdout.trim();
}

test("what a command starts finds loopback excluded, and the user's exclusions", async () => {
  process.env["NO_PROXY"] = ".corp";
  const script = `require("./scripts/lib/cli.ts").runMain(async () => console.log(process.env.no_proxy))`;
  expect((await evaluated(script)).split(",")).toEqual(expect.arrayContaining([".corp", ...ownHosts()]));
});

/** Fetches in a command, and prints the cause of its failure. */
const fetched = (url: string) =>
  evaluated(`require("./scripts/lib/cli.ts").runMain(() =>
    fetch("${url}", { headers: new Headers([["accept", "*/*"]]), signal: AbortSignal.timeout(4000) }).then(
      () => console.log("answered"),
      (error) => console.log(require("./scripts/lib/innermost-cause.ts").innermostCause(error).message)))`);

/** Of loopback, and not among this machine's addresses: for the proxy it is another machine. */
const other = "https://127.0.0.91:2/v2/";

test("a command's requests to other machines go by way of the proxy, and those to this one past it", async () => {
  expect(await fetched(other)).toContain("Proxy response (403)");
  expect(proxy.requests).toEqual(["CONNECT 127.0.0.91:2"]);
  expect(await fetched("http://127.0.0.1:2/")).toMatch(/ECONNREFUSED/);
  expect(proxy.requests).toHaveLength(1);
});

test.each([
  ["all_proxy", (url: string) => url, /Proxy response/],
  ["HTTPS_PROXY", (url: string) => url.replace("http://", ""), /Proxy response/],
  ["https_proxy", (url: string) => url.replace("http://", "socks5://"), /ECONNREFUSED/],
  ["http_proxy", (url: string) => url, /ECONNREFUSED/],
])(
  "a request follows %s alone, with and without its scheme, unless it is no HTTP proxy or one of HTTP alone",
  async (name, as, message) => {
    for (const each of Object.keys(proxy.environment)) delete process.env[each];
    process.env[name] = as(proxy.environment["https_proxy"] ?? "");
    expect(await fetched(other)).toMatch(message);
  },
);

test("the look for Pulumi's downloads goes by way of the proxy", async () => {
  const script = `const { downloadsReachable } = require("./scripts/toolchain/official.ts");
    downloadsReachable(require("./scripts/toolchain/machine.ts").thisMachine).then(console.log)`;
  expect(await evaluated(script)).toBe("false");
  expect(proxy.requests).toEqual(["CONNECT get.pulumi.com:443"]);
});
