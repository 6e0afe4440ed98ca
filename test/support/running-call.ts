import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ground } from "../../providers/aws/ground/ground";
import { projectFolder } from "../../stacks/env";
import type { HeldCall } from "./held-call";

/** Whom a call is held with, and over which of the smoke test's paths. */
export interface CallOrder {
  readonly path: string;
  /** wss:// */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface RunningCall {
  /** Ends it, and tells what became of its media. */
  end(): Promise<HeldCall>;
}

const running = new Set<ChildProcess>();

/** Ends the calls that a failed test left: a node that drains waits for them. */
export function cutCalls(): void {
  for (const child of running) child.kill();
}

/** A call from outside that goes on until it is ended. It is one when this returns. */
export async function holdCall(ground: Ground, order: CallOrder): Promise<RunningCall> {
  const loader = ["--disable-warning=ExperimentalWarning", "--require", join(projectFolder, "scripts/typescript.cjs")];
  const program = [process.execPath, ...loader, join(__dirname, "held-call.ts")];
  const [shell, ...args] = await ground.internet.command(program);
  const whole = { ...order, ca: await ground.issuingRoot() };
  const env = { ...process.env, NODE_ENV: "production", ORDER: JSON.stringify(whole) };
  const child = spawn(shell, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the held call ended with ${code}`)));
    return Promise.race([once(lines, "line").then(([line]) => line as string), ended]);
  };
  if ((await nextLine()) !== "held") throw new Error("the held call says something else");
  return {
    end: async () => {
      child.stdin.end();
      return JSON.parse(await nextLine()) as HeldCall;
    },
  };
}
