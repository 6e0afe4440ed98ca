import { readFileSync } from "node:fs";
import { join } from "node:path";
import Dockerode from "dockerode";
import { parse } from "dotenv";
import { runSmoke, type SmokeReport, type SmokeTarget } from "../../../scripts/smoke/index";
import { descendants, type Process } from "../../support/processes";
import { TestStack } from "../../support/stack";
import { createCa } from "../../unit/smoke/certificate-authority";

const stack = new TestStack("smoke");
let target: SmokeTarget;

beforeAll(async () => {
  await stack.start();
  const values = parse(readFileSync(join(stack.home, ".env.livekit")));
  const coturn = new Dockerode().getContainer(`${stack.namePrefix}-coturn`);
  target = {
    url: values["LIVEKIT_URL"] ?? "",
    secureUrl: `wss://localhost:${stack.ports.https}`,
    apiKey: values["LIVEKIT_API_KEY"] ?? "",
    apiSecret: values["LIVEKIT_API_SECRET"] ?? "",
    ca: readFileSync(join(stack.home, ".state/authority/authority.crt"), "utf8"),
    relayPorts: { tcp: stack.ports.turn, tls: stack.ports.turnTls },
    relayLog: async () => (await coturn.logs({ stdout: true, stderr: true })).toString("utf8"),
  };
}, 900_000);

afterAll(() => stack.remove());

test("the smoke test names the layer that fails for a wrong secret and for an unknown CA", async () => {
  const rejected = await runSmoke({ ...target, apiSecret: "x".repeat(40) }, { paths: ["udp", "wss"] });
  expect(outcomes(rejected)).toEqual({ udp: "token", wss: "token" });
  expect(JSON.stringify(rejected)).not.toContain("eyJ");
  const { ca } = await createCa("localhost");
  const strange = await runSmoke({ ...target, ca }, { paths: ["udp", "turn-tls", "wss"] });
  expect(outcomes(strange)).toEqual({ udp: "passed", "turn-tls": "TLS", wss: "TLS" });
});

test("the smoke test fails a TURN path if Coturn's log contains no relayed media", async () => {
  const report = await runSmoke({ ...target, relayLog: async () => "" }, { paths: ["turn-udp"], timeoutSeconds: 3 });
  expect(outcomes(report)).toEqual({ "turn-udp": "relay" });
});

test("the smoke test fails a path if Coturn's log is unreadable, and continues with the other paths", async () => {
  const relayLog = () => Promise.reject(new Error("connect ENOENT /var/run/docker.sock"));
  const report = await runSmoke({ ...target, relayLog }, { paths: ["turn-udp", "wss"] });
  expect(outcomes(report)).toEqual({ "turn-udp": "relay", wss: "passed" });
  expect(report.paths[0]).toMatchObject({
    failure: { message: expect.stringContaining("ENOENT /var/run/docker.sock") },
  });
});

test("the smoke test fails a path whose server does not answer, without a fallback to another path", async () => {
  const coturn = new Dockerode().getContainer(`${stack.namePrefix}-coturn`);
  await coturn.pause();
  try {
    const report = await runSmoke(target, { paths: ["udp", "turn-udp"], timeoutSeconds: 5 });
    expect(outcomes(report)).toEqual({ udp: "passed", "turn-udp": "relay" });
  } finally {
    await coturn.unpause();
  }
});

test("the smoke test retries a call after a crash of the WebRTC client, and reports the crash", async () => {
  const crashes: Process[] = [];
  const once = await runSmoke(target, {
    paths: ["udp", "tcp"],
    onStart: ({ id }) => {
      if (id === "udp") crashes.push(...signalClient("SIGABRT"));
    },
  });
  expect(crashes).toHaveLength(1);
  expect(outcomes(once)).toEqual({ udp: "passed", tcp: "passed" });
  expect(once.paths.map(({ clientCrash }) => clientCrash)).toEqual(["SIGABRT", undefined]);
  expect(once.passed).toBe(true);
});

test("a WebRTC client that hangs while it closes a call does not block the other paths", async () => {
  const hung: Process[] = [];
  const report = await runSmoke(target, {
    paths: ["udp", "tcp"],
    timeoutSeconds: 5,
    onResult: ({ path }) => {
      if (path === "udp") hung.push(...signalClient("SIGSTOP"));
    },
  });
  expect(hung).toHaveLength(1);
  expect(outcomes(report)).toEqual({ udp: "passed", tcp: "passed" });
});

test("on a server that this project did not create, the smoke test derives the TURN/TCP URL from TURN/UDP, and skips paths without a URL", async () => {
  const { relayPorts, ...unknown } = target;
  const report = await runSmoke(unknown, { paths: ["turn-tcp", "turn-tls"], timeoutSeconds: 5 });
  expect(outcomes(report)).toMatchObject({ "turn-tcp": "passed" });
  const reason = expect.stringContaining("the server provides no TURN/TLS URL");
  expect(report.paths[1]).toMatchObject({ status: "skipped", reason });
});

/**
 * Sends a signal to the smoke test's client processes, which descend from this process. SIGABRT ends them like a
 * corrupted heap.
 */
function signalClient(signal: NodeJS.Signals): readonly Process[] {
  const clients = descendants(process.pid).filter(({ args }) => args.includes("smoke/client.ts"));
  for (const { pid } of clients) process.kill(pid, signal);
  return clients;
}

/** Returns the status of each path, or the layer that failed. */
function outcomes({ paths }: SmokeReport): Record<string, string> {
  return Object.fromEntries(
    paths.map((report) => [report.path, report.status === "failed" ? report.failure.layer : report.status]),
  );
}
