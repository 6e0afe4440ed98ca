import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { projectFolder } from "../../stacks/env";
import type { Entry, HeldCall } from "./held-call";

/** Whom a call is held with, and over which of the smoke test's paths. */
export interface CallOrder {
  readonly path: string;
  /** Of each participant. */
  readonly entries: readonly [Entry, Entry];
  readonly room: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface RunningCall {
  /** How it was once it was one. */
  readonly begun: HeldCall;
  /** How it is. */
  state(): Promise<HeldCall>;
  /** Ends it, and tells what became of its media. */
  end(): Promise<HeldCall>;
}

/** Two seconds of audio, in packets of 20 ms: a connection that breaks and is made again loses more. */
const mostLostPackets = 100;

/**
 * Expects that a call's media went on over the same connections, and lost less than two seconds of audio. It compares counts
 * and not times: on a busy machine packets come late, and none is lost.
 */
export function expectUnbrokenMedia({ packets, lostPackets, newConnections }: HeldCall): void {
  expect(packets).toBeGreaterThan(100);
  expect(newConnections).toBe(0);
  expect(lostPackets).toBeLessThan(mostLostPackets);
}

const running = new Set<ChildProcess>();

/** Ends the calls that a failed test left: a node that drains waits for them. */
export function cutCalls(): void {
  for (const child of running) child.kill();
}

/** A call from outside that goes on until it is ended. It is one when this returns. */
export async function holdCall(simulator: AwsSimulator, order: CallOrder): Promise<RunningCall> {
  const loader = [
    "--disable-warning=ExperimentalWarning",
    "--require",
    join(projectFolder, "scripts/lib/typescript.cjs"),
  ];
  const program = [process.execPath, ...loader, join(__dirname, "held-call.ts")];
  const [shell, ...args] = await simulator.internet.command(program);
  const whole = { ...order, ca: await simulator.issuingRoot() };
  const env = { ...process.env, NODE_ENV: "production", ORDER: JSON.stringify(whole) };
  const child = spawn(shell, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const lines = createInterface({ input: child.stdout });
  const gone = once(child, "exit").then(([code]) => Promise.reject(new Error(`the held call ended with ${code}`)));
  gone.catch(() => undefined);
  const nextLine = () => Promise.race([once(lines, "line").then(([line]) => line as string), gone]);
  const next = async () => JSON.parse(await nextLine()) as HeldCall;
  return {
    begun: await next(),
    state: () => {
      child.stdin.write("\n");
      return next();
    },
    end: () => {
      child.stdin.end();
      return next();
    },
  };
}
