import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to the simulated account on which some calls fail. */
export class FailingAccount {
  private failing: readonly RegExp[] = [];
  private readonly failed = new Set<RegExp>();
  private lost: string | undefined;

  private constructor(private readonly server: Server) {}

  static async before(endpointUrl: string): Promise<FailingAccount> {
    const { hostname, port } = new URL(endpointUrl);
    const account = new FailingAccount(
      createServer((asked, answer) => {
        const chunks: Buffer[] = [];
        asked.on("data", (chunk: Buffer) => chunks.push(chunk));
        asked.on("end", () => {
          const body = Buffer.concat(chunks);
          const { method, url: path, headers } = asked;
          const throwIfAny = (status: number, code: string, why: string) =>
            answer.writeHead(status).end(errorOf(asked, code, why));
          const service = account.lostService(asked);
          // Of AWS's own 503 every client asks again: what waits for an answer of S3's has to tell it from a refusal, and the
          // rest would last for minutes, resource by resource.
          if (service !== undefined) return throwIfAny(service === "s3" ? 503 : 400, "ServiceUnavailable", regionLost);
          if (account.isFailing(callOf(asked, body))) return throwIfAny(400, "MadeToFail", madeToFail);
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

  /** These calls fail from now on, no others. */
  fail(calls: readonly RegExp[]): void {
    this.failing = calls;
    this.failed.clear();
  }

  /** Nothing of this region answers from now on. */
  lose(region: string): void {
    this.lost = region;
  }

  /** Those that have failed since. */
  get failures(): readonly RegExp[] {
    return [...this.failed];
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Of the lost region, by what a call is signed for. IAM and Route 53 are of no region. */
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

/** Whatever a service's protocol tells its calls apart by. */
function callOf(asked: IncomingMessage, body: Buffer): string {
  return `${asked.method} ${asked.url} ${targetOf(asked)}\n${body.toString("latin1")}`;
}

/** Of a service that speaks JSON. */
function targetOf({ headers }: IncomingMessage): string {
  return `${headers["x-amz-target"] ?? ""}`;
}

/** What a call that is made to fail is answered. */
export const madeToFail = "made to fail";

/** What every call is answered that concerns a region which is lost. */
export const regionLost = "the region is lost";

/** Each service finds its own form: EC2 within `Errors`, S3 at the root, the others in `Error`; JSON where it speaks that. */
function errorOf(asked: IncomingMessage, code: string, message: string): string {
  if (targetOf(asked) !== "") return JSON.stringify({ __type: code, message });
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  return `<Response>${error}<Error>${error}</Error><Errors><Error>${error}</Error></Errors></Response>`;
}
