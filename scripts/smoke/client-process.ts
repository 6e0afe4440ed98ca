import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { withoutProxy } from "../lib/proxy";
import type { CallRequest } from "./call";
import type { CallAnswer, ClientReply } from "./client";

/** How the process of the native client ended, or was ended, without an answer. */
export class ClientCrash {
  constructor(readonly reason: string) {}
}

/**
 * The native WebRTC client in a process of its own: it is C++ that may crash or hang, and then the verdict on the other
 * paths, and the command itself, must not go with it. A new process takes the place of one that has ended.
 */
export class ClientProcess {
  private child?: ChildProcess;
  /** Settles when the call before is closed, or its process no more. */
  private closed: Promise<unknown> = Promise.resolve();

  /** @param graceSeconds what loading the client and diagnosing a failure may take beyond a call's own time, and closing it */
  constructor(private readonly graceSeconds = 10) {}

  /** Begins to load the client, which takes half a second. */
  start(): ChildProcess {
    if (this.child === undefined || !serves(this.child)) {
      this.child = fork(join(__dirname, "client.ts"), {
        execArgv: ["--disable-warning=ExperimentalWarning", "--require", require.resolve("../lib/typescript.cjs")],
        // Its signalling goes to a gateway on loopback, and the native client would ask a proxy for it.
        // In development the client's logger writes to stdout at debug level.
        env: { ...withoutProxy(process.env), NODE_ENV: "production" },
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
    }
    return this.child;
  }

  /** @throws Error that the client's own code threw, with its stack */
  async call(request: CallRequest): Promise<CallAnswer | ClientCrash> {
    await this.closed;
    const child = this.start();
    const reply = await ask<CallAnswer>(child, request, request.timeoutSeconds + this.graceSeconds);
    if (reply instanceof ClientCrash) return reply;
    if ("error" in reply) throw Object.assign(new Error(reply.error.message), { stack: reply.error.stack });
    this.closed = this.close(child);
    return reply.result;
  }

  async end(): Promise<void> {
    await this.closed;
    if (this.child?.connected) this.child.disconnect();
  }

  /** A call that can't be closed has given its answer all the same; the next one gets a process of its own. */
  private async close(child: ChildProcess): Promise<void> {
    const reply = await ask<undefined>(child, "close", this.graceSeconds);
    if ("error" in reply) child.kill("SIGKILL");
  }
}

function serves({ connected, killed, exitCode, signalCode }: ChildProcess): boolean {
  return connected && !killed && exitCode === null && signalCode === null;
}

/** A process that does not reply in time is killed: its native threads may have stopped one another for ever. */
async function ask<Result>(
  child: ChildProcess,
  request: CallRequest | "close",
  seconds: number,
): Promise<ClientReply<Result> | ClientCrash> {
  // Where nobody receives it, the process has ended: that tells.
  child.send(request, () => undefined);
  const over = new AbortController();
  const late = setTimeout(() => over.abort(), seconds * 1000);
  try {
    return await Promise.race([
      once(child, "message", over).then(([message]) => message as ClientReply<Result>),
      once(child, "exit", over).then(([code, signal]) => new ClientCrash(signal ?? `exit code ${code}`)),
    ]);
  } catch (error) {
    child.kill("SIGKILL");
    return new ClientCrash(over.signal.aborted ? `no answer within ${seconds} s` : (error as Error).message);
  } finally {
    clearTimeout(late);
    over.abort();
  }
}
