import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type Dockerode from "dockerode";
import { planLocalFleet } from "../../model/fleet";
import { labels } from "../../model/labels";
import { checkPorts, portClaims } from "../../scripts/lib/check-ports";
import * as holder from "../../scripts/lib/port-holder";
import { describeHolder } from "../../scripts/lib/port-holder";
import { thisMachine } from "../../scripts/toolchain/machine";
import { configure, monitoredSecrets, testHost } from "../support/settings";

function plan(values: Parameters<typeof configure>[0] = {}, host = testHost) {
  return planLocalFleet(configure(values, monitoredSecrets).settings, host);
}

function claimed(values: Parameters<typeof configure>[0], host = testHost): string[] {
  return portClaims(plan(values, host)).map(({ kind, port, protocol }) => `${kind} ${port}/${protocol}`);
}

test("the port check covers every media port that LiveKit binds at its start", () => {
  const media = ["livekit 50000/udp", "livekit 50001/udp", "livekit 50002/udp", "livekit 50003/udp"];
  expect(claimed({ mediaTransport: "multiMux" })).toEqual(expect.arrayContaining(media));
  expect(claimed({ mediaTransport: "mux" })).toContain("livekit 7882/udp");
  expect(claimed({ nodes: "2", mediaTransport: "mux" })).toContain("livekit 50050/udp");
});

test("the port check covers a media port range if Docker publishes it, but not on the host network, where LiveKit opens these ports only during calls", () => {
  const range = { mediaTransport: "range" };
  const ofRange = (claims: string[]) => claims.filter((claim) => claim.startsWith("livekit 50"));
  expect(ofRange(claimed(range))).toEqual([]);
  expect(ofRange(claimed(range, { ...testHost, network: "bridge" }))).toHaveLength(101);
});

test("the port check covers loopback ports only if the stack's services listen on them", () => {
  const several = ["livekit 17880/tcp", "livekit 17881/tcp"];
  const values = { nodes: "2", domain: "example.com" };
  expect(claimed(values)).toEqual(expect.arrayContaining([...several, "redis 6379/tcp"]));
  const without = [...claimed({}), ...claimed(values, { ...testHost, network: "bridge" })];
  expect(without.filter((claim) => several.includes(claim))).toEqual([]);
  const fixes = portClaims(plan(values)).map(({ otherwise }) => otherwise);
  expect(fixes).toContain("run one server with: pulumi config set livekit:nodes 1");
});

test("the port check covers the ports of monitoring and suggests a fix for each port", () => {
  const exporters = ["livekit 16789/tcp", "node-exporter 19100/tcp", "blackbox-exporter 19115/tcp"];
  const pages = ["prometheus 19090/tcp", "grafana 13000/tcp"];
  const own = ["livekit 17880/tcp", "nginx 7880/tcp"];
  expect(claimed({ monitoring: "true" })).toEqual(expect.arrayContaining([...exporters, ...pages, ...own]));
  const bridged = claimed({ monitoring: "true" }, { ...testHost, network: "bridge" });
  expect(bridged).toEqual(expect.arrayContaining(pages));
  expect(bridged.filter((claim) => exporters.includes(claim))).toEqual([]);
  const fixes = portClaims(plan({ monitoring: "true" })).map(({ otherwise }) => otherwise);
  expect(fixes).toContain("disable monitoring with: pulumi config set livekit:monitoring false");
  expect(fixes).not.toContain("run one server with: pulumi config set livekit:nodes 1");
});

/** A fake Docker engine in which the stack's nginx has this process id. */
const docker = (pid: number | undefined, kind = "nginx") =>
  ({
    listContainers: async (options?: object) =>
      options && pid
        ? [{ Id: "own", Labels: { [labels.service]: kind }, Ports: [], HostConfig: { NetworkMode: "host" } }]
        : [],
    getContainer: () => ({ inspect: async () => ({ State: { Pid: pid } }) }),
  }) as unknown as Dockerode;

const stranger = (more: object) => ({
  Id: "other",
  Names: ["/other-grafana"],
  Labels: {},
  Ports: [],
  HostConfig: {},
  ...more,
});

test.each([
  [
    "maps the port to another port in the container",
    { Ports: [{ PrivatePort: 3000, PublicPort: 13000, Type: "tcp" }] },
  ],
  ["uses the host network", { HostConfig: { NetworkMode: "host" } }],
])("the error about a taken port names the container that holds the port if the container %s", async (_, more) => {
  const beforeIt = stranger({ Id: "gone", Names: ["/gone"], HostConfig: { NetworkMode: "host" } });
  const engine = {
    listContainers: async () => [beforeIt, stranger(more)],
    getContainer: (id: string) => ({
      inspect: async () => (id === "gone" ? Promise.reject(new Error("no such container")) : { State: { Pid: 7 } }),
    }),
  } as unknown as Dockerode;
  const holders = new Map([["13000/tcp", [7]]]);
  expect(await describeHolder("13000/tcp", holders, engine)).toBe("container other-grafana");
});

// Only Linux reports which process holds a port.
(process.platform === "linux" ? describe : describe.skip)("a port that is taken (needs Linux)", () => {
  const high = { api: 41880, iceTcp: 41881, iceUdp: 41882, turn: 41478, turnTls: 41349, https: 41443 };
  const fleet = plan({
    ports: JSON.stringify(high),
    redis: JSON.stringify({ port: 41379 }),
    mediaTransport: "mux",
  });
  let other: ChildProcess;

  beforeAll(async () => {
    const program = `require("net").createServer().listen(${high.turn}, () => console.log("ready"))`;
    other = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(other.stdout as NodeJS.ReadableStream, "data");
  });

  afterAll(async () => {
    const ended = once(other, "exit");
    other.kill();
    await ended;
  });

  test("counts as the stack's port only if a container of the stack binds exactly that port", async () => {
    const server = createServer().listen(high.https);
    await once(server, "listening");
    const ofOther = `livekit:ports.turn "${high.turn}/tcp": the port is taken by \\S+ \\(process ${other.pid}\\)`;
    try {
      await expect(checkPorts(fleet, docker(process.pid, "coturn"))).rejects.toThrow(new RegExp(`^${ofOther}[^\n]*$`));
      await expect(checkPorts(fleet, docker(undefined))).rejects.toThrow(
        new RegExp(`^${ofOther}.*\n.*${high.https}/tcp": the port is taken by \\S+ \\(process ${process.pid}\\)`),
      );
    } finally {
      server.close();
      await once(server, "close");
    }
    await expect(checkPorts(fleet, docker(other.pid))).resolves.toBeUndefined();
  });

  test("is reported as taken by another program if root finds no process that has the port open", async () => {
    const busy = createServer().listen(high.https);
    await once(busy, "listening");
    jest.spyOn(holder, "findPortHolders").mockReturnValue(new Map());
    const check = (root: boolean) => checkPorts(fleet, docker(process.pid), { ...thisMachine, root });
    try {
      await expect(check(true)).rejects.toThrow(
        `${high.https}/tcp": the port is taken by another program on this machine`,
      );
      await expect(check(false)).rejects.toThrow(/^livekit:ports\.turn [^\n]*$/);
    } finally {
      jest.restoreAllMocks();
      busy.close();
      await once(busy, "close");
    }
  });
});
