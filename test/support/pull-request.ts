import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Comment {
  readonly url: string;
  body: string;
  readonly user: { readonly login: string };
}

/** GitHub's API for the comments of one pull request: https://docs.github.com/rest/issues/comments. */
export class PullRequest {
  static readonly token = "of-the-test";
  static readonly repository = "owner/livekit";
  static readonly number = 7;
  private readonly server: Server;
  readonly comments: Comment[] = [];

  constructor() {
    this.server = createServer(async (request, response) => {
      const { status, answer } = await this.answer(request);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  }

  /** Starts the server and returns the API's URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this.api;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  write(body: string, login = "github-actions[bot]"): void {
    const url = `${this.api}/repos/${PullRequest.repository}/issues/comments/${this.comments.length}`;
    this.comments.push({ url, body, user: { login } });
  }

  private get api(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; answer: unknown }> {
    const { pathname, searchParams } = new URL(request.url ?? "", this.api);
    const all = `/repos/${PullRequest.repository}/issues/${PullRequest.number}/comments`;
    if (request.headers.authorization !== `Bearer ${PullRequest.token}`)
      return { status: 403, answer: "no permission" };
    if (request.method === "GET" && pathname === all) {
      const [page, size] = ["page", "per_page"].map((name) => Number(searchParams.get(name))) as [number, number];
      return { status: 200, answer: this.comments.slice((page - 1) * size, page * size) };
    }
    const { body } = JSON.parse(await textOf(request));
    if (request.method === "POST" && pathname === all) {
      this.write(body);
      return { status: 201, answer: this.comments.at(-1) };
    }
    const comment = this.comments.find(({ url }) => new URL(url).pathname === pathname);
    if (request.method !== "PATCH" || comment === undefined) return { status: 404, answer: "nothing there" };
    comment.body = body;
    return { status: 200, answer: comment };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
