import { createHash, createPublicKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "../../packages/aws-simulator/sdk/s3";
import { type NodeReport, parseReport } from "../../scripts/aws/report";
import type { Bundle } from "../../templates/node/bundle";
import type { Answer } from "./answer";
import { bucket } from "./aws-account";
import { awsOptions } from "./simulator-account";

const pollMilliseconds = 250;

/** Maps each final status of a request to the exit code of the command that sent the request. */
const exitCodes: Readonly<Record<string, number>> = { healthy: 0, drained: 0, refused: 1, failed: 1 };

/** Signs the text of a request. */
export type Signing = (body: string) => string;

/** A request as the bucket stores it. The signature is empty if it has none. */
export interface SignedRequest {
  readonly body: string;
  readonly signature?: string | undefined;
}

/**
 * Sends requests to a node like `requestShell`, without starting the aws command for every poll, which takes most of a
 * second of processor time. The rehearsals run the shell itself.
 */
export class NodeOperator {
  private readonly s3: S3Client;
  /** Time of the last request, in seconds. */
  private time = 0;

  constructor(
    simulator: AwsSimulator,
    region: string,
    private readonly node: string,
    private readonly instance: string,
    private readonly privateKey: KeyObject,
  ) {
    this.s3 = new S3Client({ ...awsOptions(simulator, region), forcePathStyle: true });
  }

  /** Uploads the bundle, requests its apply and waits for the node's answer. */
  async apply(bundle: Bundle, secrets: string, timeoutSeconds: number, signing?: Signing): Promise<Answer> {
    const content = JSON.stringify(bundle);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const version = await this.put(`bundles/${this.node}.json`, content);
    return this.ask("apply", { bundle: version, sha256, secrets, publicKey: this.publicKey }, timeoutSeconds, signing);
  }

  /** The public key, in PEM. */
  private get publicKey(): string {
    return createPublicKey(this.privateKey).export({ type: "spki", format: "pem" }).toString();
  }

  /**
   * Sends a request and waits for the answer.
   * @param fields of the request, in addition to its verb and nonce
   * @param signing returns a request's signature, empty for none. @default the operator's
   */
  async ask(
    verb: string,
    fields: Readonly<Record<string, string>>,
    timeoutSeconds: number,
    signing?: Signing,
  ): Promise<Answer> {
    const nonce = `${verb}-${randomUUID()}`;
    // Each request is later than the one before.
    this.time = Math.max(Math.floor(Date.now() / 1000), this.time + 1);
    const { node, instance } = this;
    const body = JSON.stringify({ verb, ...fields, nonce, time: `${this.time}`, node, instance });
    await this.send({ body, signature: signing?.(body) });
    return this.wait(nonce, fields["sha256"], timeoutSeconds);
  }

  /** Waits for the answer to a request. @param sha256 the bundle that the node must run */
  async wait(nonce: string, sha256: string | undefined, timeoutSeconds: number): Promise<Answer> {
    const said: string[] = [];
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (Date.now() < deadline) {
      const { status, bundle, text } = await this.answerTo(nonce);
      if (text && said.at(-1) !== text) said.push(text);
      const exitCode = exitCodes[status];
      const another = status === "healthy" && sha256 !== undefined && bundle !== sha256;
      if (another) return answer(1, [...said, `healthy, but with bundle ${bundle}`]);
      if (exitCode !== undefined) return answer(exitCode, [...said, status]);
      await pause(pollMilliseconds);
    }
    return answer(1, [...said, `has not become healthy within ${timeoutSeconds} s`]);
  }

  /** Returns the node's latest report; undefined before the first one. */
  async report(): Promise<NodeReport | undefined> {
    const content = await this.get(`nodes/${this.node}/report`);
    return content === undefined ? undefined : parseReport(content);
  }

  /** Returns every version of every object in the stack's bucket: bundles, requests and reports. */
  async objects(): Promise<{ readonly key: string; readonly content: string }[]> {
    const { Versions = [] } = await this.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return Promise.all(
      Versions.map(async ({ Key = "", VersionId }) => ({ key: Key, content: (await this.get(Key, VersionId)) ?? "" })),
    );
  }

  private async answerTo(nonce: string): Promise<NodeReport> {
    const content = await this.get(`nodes/${this.node}/report`);
    return content?.startsWith(`${nonce} `) ? parseReport(content) : { status: "", text: "" };
  }

  /** Returns the request in the bucket. @throws Error if there is none */
  async request(): Promise<SignedRequest> {
    const { Body, Metadata } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: this.requestKey }));
    return { body: (await Body?.transformToString()) ?? "", signature: Metadata?.["signature"] };
  }

  /** Writes a request. Without a signature, signs it like KMS. */
  async send({ body, signature = this.signatureOf(body) }: SignedRequest): Promise<void> {
    await this.put(this.requestKey, body, signature === "" ? {} : { signature });
  }

  private get requestKey(): string {
    return `nodes/${this.node}/desired`;
  }

  private signatureOf(request: string): string {
    return sign("sha256", Buffer.from(request), this.privateKey).toString("base64");
  }

  /** Stores an object and returns its version. */
  private async put(Key: string, Body: string, Metadata: Readonly<Record<string, string>> = {}): Promise<string> {
    const { VersionId } = await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
    if (!VersionId) throw new Error(`S3 returned no version of ${Key}: the bucket is not versioned`);
    return VersionId;
  }

  private async get(Key: string, VersionId?: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

function answer(exitCode: number, lines: readonly string[]): Answer {
  return { exitCode, stdout: "", all: lines.join("\n") };
}
