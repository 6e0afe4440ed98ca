import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { projectFolder } from "../../stacks/env";
import type { Entry, HeldCall } from "./held-call";

/** The participants of a call, and the smoke test's path that its media use. */
export interface CallOrder {
  readonly path: string;
  /** Where each participant joins. */
  readonly entries: readonly [Entry, Entry];
  readonly room: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface RunningCall {
  /** State when the call connected. */
  readonly begun: HeldCall;
  /** Returns the current state. */
  state(): Promise<HeldCall>;
  /** Ends the call and returns its final state. */
  end(): Promise<HeldCall>;
}

/** Two seconds of audio in packets of 20 ms: a connection that breaks and reconnects loses more. */
const mostLostPackets = 100;

/**
 * Expects that a call's media kept its connections and lost less than two seconds of audio. It compares counts, not
 * times: on a busy machine packets arrive late, but none is lost.
 */
export function expectUnbrokenMedia({ packets, lostPackets, newConnections }: HeldCall): void {
  expect(packets).toBeGreaterThan(100);
  expect(newConnections).toBe(0);
  expect(lostPackets).toBeLessThan(mostLostPackets);
}

const running = new Set<ChildProcess>();

/** Ends the calls that a failed test left open: a draining node waits for them. */
export function cutCalls(): void {
  for (const child of running) child.kill();
}

/** Starts a call from outside AWS that lasts until it is ended. Returns once it is connected. */
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
  const gone = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the program that holds the call exited with code ${code}`)),
  );
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
