import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:https";
import Dockerode from "dockerode";
import { monitoringPorts } from "../../../model/ports/internal";
import { findHost } from "../../../stacks/host";
import { descendants } from "../../support/processes";
import { TestStack } from "../../support/stack";
import { containerControls, serviceRights } from "../stack/controls/containers";
import { examine, type TestContext } from "../stack/controls/context";
import { monitoringChecks } from "./monitoring/checks";

const stack = new TestStack("shapes");
/** A port that only root may bind, like 443. */
const https = 843;

afterAll(() => stack.remove());

const shape = (settings: object) => stack.configure({ ports: { ...stack.ports, https }, ...settings });

test("with two LiveKit servers and a domain, TURN/TLS uses nginx's HTTPS port, where nginx routes by the TLS server name", async () => {
  shape({ nodes: 2, domain: "example.test" });
  const all = await stack.start();
  expect(all).toContain("direct TCP: skipped: only one of several servers has the port");
  expect(all).toContain("5 of 6 paths");
  expect(await workerCapabilities("nginx")).toEqual(["0000000000000000"]);
  expect(await headers("/requested")).toMatchObject({ "strict-transport-security": "max-age=63072000" });
  // The nginx location of the call page sets its own headers, which replace the headers of nginx's server block. This
  // response also shows that workers without privileges can read the page's files.
  expect(await headers("/call/call.js")).toMatchObject({
    "content-type": "text/javascript",
    "strict-transport-security": "max-age=63072000",
  });
  // `stream` hands over the connection itself, so `http` still sees the client's address.
  expect(await accessLog()).toMatch(/^127\.0\.0\.1 .*"GET \/requested HTTP/m);
});

test("after a change from two LiveKit servers to one, LiveKit listens on nginx's former API port and uses a media port range", async () => {
  shape({ mediaTransport: "range" });
  expect(await stack.start()).toContain("6 of 6 paths");
});

test("every path carries media if publicAddress is the address of another interface of the machine", async () => {
  const { address, addresses } = await findHost({});
  const publicAddress = addresses.find((each) => each !== address && !each.startsWith("127."));
  expect(publicAddress).toBeDefined();
  shape({ publicAddress });
  expect(await stack.start()).toContain("6 of 6 paths");
});

describe("a monitored stack", () => {
  let context: TestContext;
  let said: string;

  beforeAll(async () => {
    stack.configure({ monitoring: true });
    said = await stack.start();
    context = await examine(stack);
  }, 900_000);

  const grafana = () => context.node.monitoring?.grafana === true;
  const nobody = { user: 65534, capabilities: [] };
  const rights = () => ({
    ...serviceRights,
    prometheus: nobody,
    "node-exporter": nobody,
    "blackbox-exporter": nobody,
    ...(grafana() && { grafana: { user: 472, capabilities: [] } }),
  });

  test("carries media over every path, and npm start prints the monitoring URL", () => {
    expect(said).toContain("6 of 6 paths");
    expect(said).toContain(`http://localhost:${monitoringPorts.prometheus}`);
    expect(said.includes("no Grafana")).toBe(!grafana());
  });
  monitoringChecks(() => context);
  containerControls(() => context, rights);

  test("limits the memory of every monitoring container", async () => {
    const limits = (await stack.running()).flatMap(({ Name, HostConfig: { Memory, MemorySwap } }) =>
      Memory ? [[Name.slice(`/${stack.namePrefix}-`.length), MemorySwap === Memory]] : [],
    );
    const added = Object.keys(rights()).filter((name) => !(name in serviceRights));
    expect(Object.fromEntries(limits)).toEqual(Object.fromEntries(added.map((name) => [name, true])));
  });
});

/** Requests a path over HTTPS by the API's name and returns the response headers. */
async function headers(path: string): Promise<IncomingHttpHeaders> {
  const ca = readFileSync(stack.caFile);
  const servername = "livekit.example.test";
  const sent = request({
    host: "127.0.0.1",
    port: https,
    path,
    servername,
    headers: { host: servername },
    ca,
  });
  const [response] = (await once(sent.end(), "response")) as [IncomingMessage];
  response.resume();
  return response.headers;
}

async function accessLog(): Promise<string> {
  const nginx = new Dockerode().getContainer(`${stack.namePrefix}-nginx`);
  return (await nginx.logs({ stdout: true })).toString("utf8").replace(/^.{8}/gm, "");
}

/** Returns the distinct effective capabilities of the worker processes. */
async function workerCapabilities(name: string): Promise<string[]> {
  const container = (await stack.running()).find(({ Name }) => Name === `/${stack.namePrefix}-${name}`);
  const workers = descendants(container?.State.Pid ?? 0);
  return [
    ...new Set(
      workers.map(({ pid }) => /^CapEff:\t(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? ""),
    ),
  ];
}
