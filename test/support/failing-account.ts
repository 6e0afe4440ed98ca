import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy for the simulated account that makes some calls fail. */
export class FailingAccount {
  private failing: readonly RegExp[] = [];
  private readonly failed = new Set<RegExp>();
  private lost: string | undefined;

  private constructor(private readonly server: Server) {}

  static async before(endpointUrl: string): Promise<FailingAccount> {
    const { hostname, port } = new URL(endpointUrl);
    const account = new FailingAccount(
      createServer((incoming, answer) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => {
          const body = Buffer.concat(chunks);
          const { method, url: path, headers } = incoming;
          const reject = (status: number, code: string, why: string) =>
            answer.writeHead(status).end(errorOf(incoming, code, why));
          const service = account.lostService(incoming);
          // AWS clients retry after a 503, which would take minutes for each resource. Only S3 answers 503, because
          // code that polls S3 must distinguish an outage from a rejection.
          if (service !== undefined) return reject(service === "s3" ? 503 : 400, "ServiceUnavailable", regionLost);
          if (account.isFailing(callOf(incoming, body))) return reject(400, "MadeToFail", madeToFail);
          const onward = request({ hostname, port, method, path, headers }, (response) => {
            answer.writeHead(response.statusCode ?? 502, response.headers);
            response.pipe(answer);
          });
          onward.on("error", () => answer.destroy());
          return onward.end(body);
        });
      }),
    );
    await new Promise<void>((resolve) => account.server.listen(0, "127.0.0.1", resolve));
    return account;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Makes these calls fail from now on, and no others. */
  fail(calls: readonly RegExp[]): void {
    this.failing = calls;
    this.failed.clear();
  }

  /** Makes every call to this region fail from now on. */
  lose(region: string): void {
    this.lost = region;
  }

  /** The patterns that have made a call fail since the last {@link fail}. */
  get failures(): readonly RegExp[] {
    return [...this.failed];
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Returns the service if the call is signed for the lost region. IAM and Route 53 are global. */
  private lostService({ headers }: IncomingMessage): string | undefined {
    const [, region, service = ""] = /\/([\w-]+)\/(\w+)\/aws4_request/.exec(`${headers.authorization}`) ?? [];
    return region !== undefined && region === this.lost && !["iam", "route53"].includes(service) ? service : undefined;
  }

  private isFailing(call: string): boolean {
    const meant = this.failing.filter((each) => each.test(call));
    for (const each of meant) this.failed.add(each);
    return meant.length > 0;
  }
}

/** Returns the parts of a request that identify the call in each service's protocol. */
function callOf(request: IncomingMessage, body: Buffer): string {
  return `${request.method} ${request.url} ${targetOf(request)}\n${body.toString("latin1")}`;
}

/** Returns the target header of services that use JSON. */
function targetOf({ headers }: IncomingMessage): string {
  return `${headers["x-amz-target"] ?? ""}`;
}

/** Error message of a call that is made to fail. */
export const madeToFail = "made to fail";

/** Error message of every call to a lost region. */
export const regionLost = "the region is lost";

/**
 * Renders an error that each service can parse: EC2 reads `Errors`, S3 the root, other services `Error`, and JSON
 * services JSON.
 */
function errorOf(request: IncomingMessage, code: string, message: string): string {
  if (targetOf(request) !== "") return JSON.stringify({ __type: code, message });
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  return `<Response>${error}<Error>${error}</Error><Errors><Error>${error}</Error></Errors></Response>`;
}
