import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to the simulated account on which one kind of EC2's calls fails. */
export class FailingAccount {
  private failing: string | undefined;
  private failed = 0;

  private constructor(private readonly server: Server) {}

  static async before(endpointUrl: string): Promise<FailingAccount> {
    const { hostname, port } = new URL(endpointUrl);
    const account = new FailingAccount(
      createServer((asked, answer) => {
        const chunks: Buffer[] = [];
        asked.on("data", (chunk: Buffer) => chunks.push(chunk));
        asked.on("end", () => {
          const body = Buffer.concat(chunks);
          if (account.isFailing(body.toString("latin1"))) {
            answer.writeHead(400).end(refusal);
            return;
          }
          const { method, url: path, headers } = asked;
          const onward = request({ hostname, port, method, path, headers }, (response) => {
            answer.writeHead(response.statusCode ?? 502, response.headers);
            response.pipe(answer);
          });
          onward.on("error", () => answer.destroy());
          onward.end(body);
        });
      }),
    );
    await new Promise<void>((resolve) => account.server.listen(0, "127.0.0.1", resolve));
    return account;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Calls that the text is in fail from now on. Undefined: none does. */
  fail(text: string | undefined): void {
    this.failing = text;
    this.failed = 0;
  }

  /** How many calls have failed since. */
  get failures(): number {
    return this.failed;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private isFailing(body: string): boolean {
    if (this.failing === undefined || !body.includes(this.failing)) return false;
    this.failed++;
    return true;
  }
}

/** What a call that is made to fail is answered. */
export const madeToFail = "made to fail";

/** In the form of EC2's faults. */
const refusal = `<Response><Errors><Error><Code>MadeToFail</Code><Message>${madeToFail}</Message></Error></Errors></Response>`;
