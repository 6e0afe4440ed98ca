import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { CallRequest } from "./call";
import type { CallAnswer } from "./client";

/** How the process of the native client ended without an answer. */
export class ClientCrash {
  constructor(readonly reason: string) {}
}

/**
 * The native WebRTC client in a process of its own: it is C++ that may crash, and then the verdict on the other paths,
 * and the command itself, must not go with it. A new process takes the place of one that has ended.
 */
export class ClientProcess {
  private child?: ChildProcess;

  /** Begins to load the client, which takes half a second. */
  start(): ChildProcess {
    const running = this.child?.connected ? this.child : undefined;
    this.child =
      running ??
      fork(join(__dirname, "client.ts"), {
        execArgv: ["--disable-warning=ExperimentalWarning", "--require", require.resolve("../typescript.cjs")],
        // In development the client's logger writes to stdout at debug level.
        env: { ...process.env, NODE_ENV: "production" },
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
    return this.child;
  }

  async call(request: CallRequest): Promise<CallAnswer | ClientCrash> {
    const child = this.start();
    const over = new AbortController();
    const answer = once(child, "message", over).then(([message]) => message as CallAnswer);
    const end = once(child, "exit", over).then(([code, signal]) => new ClientCrash(signal ?? `exit code ${code}`));
    child.send(request);
    try {
      return await Promise.race([answer, end]);
    } finally {
      for (const waiting of [answer, end]) waiting.catch(() => undefined);
      over.abort();
    }
  }

  end(): void {
    if (this.child?.connected) this.child.disconnect();
  }
}
