import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { printError } from "../lib/print";
import { withoutProxy } from "../lib/proxy";
import type { CallRequest } from "./call";
import type { CallAnswer, ClientReply } from "./client";

/** Result of a call whose client process ended or was killed before it replied. Contains the reason. */
export class ClientCrash {
  constructor(readonly reason: string) {}
}

/**
 * Runs the native WebRTC client in a child process. It is C++ that may crash or hang, which must not stop the command
 * or lose the results of other paths. A new process replaces one that has ended.
 */
export class ClientProcess {
  private child?: ChildProcess;
  /** Resolves when the previous call is closed or its process is killed. */
  private closed: Promise<unknown> = Promise.resolve();

  /**
   * @param graceSeconds added to a call's timeout, for loading the client and diagnosing a failure; also the time limit
   * for closing a call
   */
  constructor(private readonly graceSeconds = 10) {}

  /** Starts to load the client, which takes half a second. */
  start(): ChildProcess {
    if (this.child === undefined || !serves(this.child)) {
      this.child = fork(join(__dirname, "client.ts"), {
        execArgv: ["--disable-warning=ExperimentalWarning", "--require", require.resolve("../lib/typescript.cjs")],
        // Removes proxy variables: the native client would use the proxy even for the gateway on loopback.
        // NODE_ENV: in development, the client's logger would write to stdout at debug level.
        env: { ...withoutProxy(process.env), NODE_ENV: "production" },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      if (this.child.stderr) createInterface({ input: this.child.stderr }).on("line", printError);
    }
    return this.child;
  }

  /** Runs a call in the child process. @throws the Error that its code threw, with its stack */
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

  /** Closes a call after its result has arrived. If that fails, kills the process: the next call gets a new one. */
  private async close(child: ChildProcess): Promise<void> {
    const reply = await ask<undefined>(child, "close", this.graceSeconds);
    if ("error" in reply) child.kill("SIGKILL");
  }
}

function serves({ connected, killed, exitCode, signalCode }: ChildProcess): boolean {
  return connected && !killed && exitCode === null && signalCode === null;
}

/** Sends a request and waits for the reply. Kills the process on a timeout: its native threads may be deadlocked. */
async function ask<Result>(
  child: ChildProcess,
  request: CallRequest | "close",
  seconds: number,
): Promise<ClientReply<Result> | ClientCrash> {
  // A send error means that the process has ended. The exit event reports that.
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
