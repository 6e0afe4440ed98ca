import { spawnSync } from "node:child_process";
import { type KeyObject, verify } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNodeSources } from "../../stacks/node-sources";
import { type RequestVerb, requestShell } from "../../templates/node/request";
import { createSigningKey, fakeNode, installFakeAws } from "./fake-aws";

/** Timeouts for requests to a node that never answers: the first poll ends the wait. */
export const silent = { TIMEOUT_SECONDS: "0", REQUEST_START_SECONDS: "0" };

const times = {
  REQUEST_START_SECONDS: "120",
  REQUEST_POLL_SECONDS: "0.02",
  REQUEST_RETRY_SECONDS: "0.02",
  REQUEST_PROPAGATION_SECONDS: "0.02",
  // Environment variables that the first release's script reads.
  TAKE_UP_SECONDS: "120",
  POLL_SECONDS: "0.02",
  RETRY_SECONDS: "0.02",
  LEAVE_SECONDS: "0.02",
};

/** Folder of the node's requests and reports, and of files that the fake node writes. */
const queue = "bundles-1/nodes/euc1-1";

/** A bucket for one test, through which it sends requests to its fake node. */
export class RequestBucket {
  private readonly folder = mkdtempSync(join(tmpdir(), "request-"));

  /** @param shell the command that sends requests */
  readonly publicKey: KeyObject;

  constructor(private readonly shell = requestShell(readNodeSources().requestScript)) {
    this.create();
    this.publicKey = createSigningKey(join(this.folder, "s3"));
    installFakeAws(join(this.folder, "bin"));
  }

  create(): void {
    for (const folder of [queue, "bundles-1/logs"]) mkdirSync(join(this.folder, "s3", folder), { recursive: true });
  }

  delete(): void {
    rmSync(join(this.folder, "s3/bundles-1"), { recursive: true });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a control file of the fake aws command (see `fake-aws.ts`). */
  set(name: string, content = ""): void {
    writeFileSync(join(this.folder, "s3", name), content);
  }

  /** Removes a control file of the fake aws command. */
  unset(name: string): void {
    rmSync(join(this.folder, "s3", name));
  }

  /** Returns the lines that the fake aws command wrote to a file. */
  lines(name: string): string[] {
    return readFileSync(join(this.folder, "s3", name), "utf8")
      .trim()
      .split("\n");
  }

  /** The tail of a log that the node uploaded. */
  get log(): string | undefined {
    const path = join(this.folder, "s3/bundles-1/logs/euc1-1");
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  /** Writes an object of the node. */
  put(name: string, content: string): void {
    this.set(join(queue, name), content);
  }

  /** Returns an object of the node, or a file that its fake wrote next to it; undefined if there is none. */
  get(name: string): string | undefined {
    const path = join(this.folder, "s3", queue, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  /** The request that the node received; undefined if there is none. */
  get request() {
    const text = this.get("desired");
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Reports whether the request has the signature of the stack's key. */
  get isSigned(): boolean {
    const [name, signature = ""] = (this.get("desired.metadata") ?? "").split(/=(.*)/s);
    const signed = Buffer.from(signature, "base64");
    return name === "signature" && verify("sha256", Buffer.from(this.get("desired") ?? ""), this.publicKey, signed);
  }

  /**
   * Sends a request to a node that runs these lines. The timeouts suit slow machines, and the script polls every 20 ms.
   */
  ask(verb: RequestVerb, node: readonly string[] | undefined, env: Record<string, string | undefined> = {}) {
    const [shell, ...args] = this.shell;
    const { status, stdout, stderr } = spawnSync(shell, [...args, verb], {
      encoding: "utf8",
      env: {
        PATH: `${join(this.folder, "bin")}:/usr/bin:/bin`,
        FAKE_S3: join(this.folder, "s3"),
        ...(node && { FAKE_NODE: fakeNode(join(this.folder, "node"), ...node) }),
        BUCKET: "bundles-1",
        NODE: "euc1-1",
        AWS_REGION: "eu-central-1",
        INSTANCE: "i-0123",
        SIGNING_KEY: "arn:aws:kms:eu-central-1:123456789012:key/0a1b",
        PUBLIC_KEY: "-----BEGIN PUBLIC KEY-----\\nMFkw\\n",
        BUNDLE: "version.7",
        SHA256: "3fa9",
        SECRETS: "a-b-c",
        TIMEOUT_SECONDS: "120",
        ...times,
        ...env,
      },
    });
    return { status, stdout, stderr };
  }
}
