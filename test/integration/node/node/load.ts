import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { AccessToken } from "livekit-server-sdk";
import { workerOpenFiles } from "../../../../model/limits";
import { projectFolder, typescriptOption } from "../../../../stacks/env";
import type { TestNode } from "../../../support/test-node";
import { count, packets } from "./packet-counters";

const composeFile = "stack/compose.yaml";
const programs = join(projectFolder, "test/support/outside");
/** The maximum number of WebSockets per address in model/limits.ts, as for a school behind one NAT. */
const sockets = 1000;
const mostForged = 500_000;

/** Tests that calls still work under load from many clients and from attackers. */
export function load(context: () => TestNode): void {
  test(`nginx holds ${sockets} WebSockets open at once, even if Docker's soft limit is 1024 open files`, async () => {
    const bundle = context().bundle();
    const compose = bundle[composeFile] ?? "";
    const limited = compose.replace(`soft: ${workerOpenFiles}`, "soft: 1024");
    expect(limited).not.toBe(compose);
    const restart = async (changed: typeof bundle) => {
      await context().machine.run(["docker", "rm", "--force", "lk-nginx"]);
      expect(await context().apply(changed)).toMatchObject({ exitCode: 0 });
    };
    try {
      await restart({ ...bundle, [composeFile]: limited });
      const { key, secret } = context().secrets.apiKeys[0];
      const agent = new AccessToken(key, secret, { identity: "agent", ttl: 600 });
      agent.addGrant({ agent: true });
      const url = `wss://${context().plan.apiName}`;
      const program = [...typescriptOption.split(" "), join(programs, "agent-sockets.ts")];
      const { stdout, all } = await context().outside(
        [process.execPath, ...program, url, `${sockets}`, await context().rootFile()],
        { TOKEN: await agent.toJwt() },
      );
      expect([stdout && JSON.parse(stdout), all]).toEqual([{ open: sockets, failures: {} }, expect.any(String)]);
    } finally {
      await restart(bundle);
    }
  });

  test("a UDP flood from forged addresses leaves no conntrack entries, and calls connect during the flood", async () => {
    const { media, relay, turn } = context().plan.ports;
    const tracked = async () =>
      Number(await context().machine.run(["cat", "/proc/sys/net/netfilter/nf_conntrack_count"]));
    const arrived = async () => {
      const counted = await packets(context());
      return ["media_udp", "relay_udp", "turn_udp"].reduce((sum, row) => sum + count(counted, row), 0);
    };
    const before = { tracked: await tracked(), arrived: await arrived() };
    const ports = [media.first, relay.first, turn.first].map(String);
    const [program, ...args] = await context().simulator.internet.command([
      "python3",
      join(programs, "udp-flood.py"),
      ...[context().publicAddress, `${mostForged}`, ...ports],
    ]);
    const flood = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(flood, "exit");
    const printed = text(flood.stdout);
    const { exitCode, all } = await context()
      .smoke("--paths", "udp,turn-udp")
      .finally(() => flood.stdin.end());
    await ended;
    const sent = Number(await printed);
    expect([exitCode, all]).toEqual([0, expect.stringContaining("2 of 2 paths")]);
    expect(sent).toBeGreaterThan(5000);
    expect((await arrived()) - before.arrived).toBeGreaterThan(sent / 2);
    expect((await tracked()) - before.tracked).toBeLessThan(sent / 100);
  });
}
