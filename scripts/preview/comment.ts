import { z } from "zod";
import { cannot } from "../toolchain/machine";

/** Where a comment goes, and by whose leave. */
export interface CommentTarget {
  /** `https://api.github.com`, or that of one's own GitHub. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  readonly pullRequest: number;
}

/** Whom a workflow's own token writes as. What somebody else has written is never edited. */
const author = "github-actions[bot]";
/** The most that GitHub gives at once. */
const perPage = 100;

const comments = z.array(
  z.object({ url: z.string(), body: z.string().nullish(), user: z.object({ login: z.string() }).nullish() }),
);
type Comment = z.infer<typeof comments>[number];

/** Writes a comment, or edits the earlier one that ends with the same line. @throws Refusal with what GitHub says */
export async function putComment(text: string, target: CommentTarget): Promise<"new" | "edited"> {
  const marker = lastLine(text);
  const all = `${target.api}/repos/${target.repository}/issues/${target.pullRequest}/comments`;
  const earlier = (await allComments(all, target)).find(
    ({ body, user }) => user?.login === author && lastLine(body ?? "") === marker,
  );
  if (earlier) await ask("PATCH", earlier.url, target, { body: text });
  else await ask("POST", all, target, { body: text });
  return earlier ? "edited" : "new";
}

async function allComments(url: string, target: CommentTarget): Promise<Comment[]> {
  const found: Comment[] = [];
  for (let page = 1; ; page++) {
    const those = comments.parse(await ask("GET", `${url}?per_page=${perPage}&page=${page}`, target));
    found.push(...those);
    if (those.length < perPage) return found;
  }
}

async function ask(method: string, url: string, { token }: CommentTarget, body?: object): Promise<unknown> {
  const headers = { accept: "application/vnd.github+json", authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (answer.ok) return answer.json();
  const fix = "Give the job permissions: pull-requests: write, and its step GITHUB_TOKEN";
  throw cannot(`${method} ${url}`, `GitHub answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`, fix);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
