import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { runSmoke, type SmokeReport, type SmokeTarget } from "../../../scripts/smoke/index";
import { requestBinding } from "../../../scripts/smoke/stun";
import { type Authority, makeAuthority } from "../../unit/smoke/authority";

/** Real servers as plain processes, on ports of their own. The whole stack is tested elsewhere. */
const ports = { api: 17880, iceTcp: 17881, iceUdp: 17882, turn: 13478, turnTls: 15349 } as const;
const turnName = "turn.smoke.invalid";
const apiKey = "APIsmoketest";
const apiSecret = "a-secret-of-a-test-0123456789-abcdef";
const turnSecret = "a-turn-secret-of-a-test-0123456789";

const programs = { livekit: findProgram("livekit-server"), coturn: findProgram("turnserver") };
const address = Object.values(networkInterfaces())
  .flat()
  .find((own) => own?.family === "IPv4" && !own.internal)?.address;
const missing = [
  ...(programs.livekit ? [] : ["livekit-server is not on PATH"]),
  ...(programs.coturn ? [] : ["turnserver is not on PATH"]),
  ...(address ? [] : ["no network interface but loopback"]),
];

describe(`smoke test against native servers${missing.length > 0 ? ` (skipped: ${missing.join(", ")})` : ""}`, () => {
  const run = missing.length > 0 ? test.skip : test;
  const children: ChildProcess[] = [];
  let folder: string;
  let authority: Authority;
  let target: SmokeTarget;

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = mkdtempSync(join(tmpdir(), "smoke-"));
    authority = await makeAuthority(turnName);
    target = {
      url: `ws://127.0.0.1:${ports.api}`,
      apiKey,
      apiSecret,
      ca: authority.ca,
      connectAddress: address ?? "",
      relayLog: async () => readFileSync(join(folder, "coturn.log"), "utf8"),
    };
    startCoturn();
    startLiveKit();
    await answering(async () => (await fetch(`http://127.0.0.1:${ports.api}`)).text());
    await answering(() => requestBinding({ host: address ?? "", port: ports.turn }, "tcp", {}));
  }, 30_000);

  afterAll(async () => {
    for (const child of children) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    if (folder) rmSync(folder, { recursive: true });
  });

  run(
    "every path carries audio and video, and proves itself",
    async () => {
      const report = await runSmoke(target);
      expect(outcomes(report)).toEqual({
        udp: "passed",
        tcp: "passed",
        "turn-udp": "passed",
        "turn-tcp": "passed",
        "turn-tls": "passed",
        wss: "skipped",
      });
      expect(report.passed).toBe(true);
    },
    60_000,
  );

  run(
    "a wrong secret and a strange authority are named by their layer, and another run in this process still works",
    async () => {
      const refused = await runSmoke({ ...target, apiSecret: "x".repeat(40) }, { paths: ["udp", "tcp"] });
      expect(outcomes(refused)).toEqual({ udp: "token", tcp: "token" });
      expect(JSON.stringify(refused)).not.toContain("eyJ");
      const { ca } = await makeAuthority(turnName);
      const strange = await runSmoke({ ...target, ca }, { paths: ["turn-tls", "udp"] });
      expect(outcomes(strange)).toEqual({ udp: "passed", "turn-tls": "TLS" });
    },
    60_000,
  );

  run(
    "media that Coturn knows nothing of does not pass for relayed",
    async () => {
      const report = await runSmoke(
        { ...target, relayLog: async () => "" },
        { paths: ["turn-udp"], timeoutSeconds: 3 },
      );
      expect(outcomes(report)).toEqual({ "turn-udp": "relay" });
    },
    60_000,
  );

  function startLiveKit(): void {
    const entry = { secret: turnSecret, ttl: 300 };
    const config = {
      port: ports.api,
      rtc: {
        tcp_port: ports.iceTcp,
        udp_port: ports.iceUdp,
        node_ip: address,
        use_external_ip: false,
        turn_servers: [
          { host: address, port: ports.turn, protocol: "udp", ...entry },
          { host: address, port: ports.turn, protocol: "tcp", ...entry },
          { host: turnName, port: ports.turnTls, protocol: "tls", ...entry },
        ],
      },
      keys: { [apiKey]: apiSecret },
    };
    start(programs.livekit, ["--config", write("livekit.yaml", stringify(config))]);
  }

  function startCoturn(): void {
    const options = {
      "listening-ip": address,
      "relay-ip": address,
      "listening-port": ports.turn,
      "tls-listening-port": ports.turnTls,
      "min-port": 41_000,
      "max-port": 41_100,
      cert: write("cert.pem", authority.server.cert),
      pkey: write("key.pem", authority.server.key),
      "static-auth-secret": turnSecret,
      realm: "smoke.invalid",
      "log-file": join(folder, "coturn.log"),
      userdb: join(folder, "turndb"),
      pidfile: join(folder, "coturn.pid"),
    };
    const flags = ["use-auth-secret", "fingerprint", "simple-log", "verbose", "no-tcp-relay"];
    const lines = [...Object.entries(options).map(([key, value]) => `${key}=${value}`), ...flags];
    start(programs.coturn, ["-c", write("turnserver.conf", `${lines.join("\n")}\n`)]);
  }

  function start(program: string | undefined, args: string[]): void {
    children.push(spawn(program ?? "", args, { stdio: "ignore" }));
  }

  function write(file: string, text: string): string {
    const path = join(folder, file);
    writeFileSync(path, text);
    return path;
  }
});

/** What became of each path: its status, or the layer that failed. */
function outcomes({ paths }: SmokeReport): Record<string, string> {
  return Object.fromEntries(
    paths.map((report) => [report.path, report.status === "failed" ? report.failure.layer : report.status]),
  );
}

async function answering(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}

function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
