import { z } from "zod";
import { cannot } from "../../model/user-error";

/** The pull request to comment on, and the token for it. */
export interface CommentTarget {
  /** `https://api.github.com`, or the API of a GitHub Enterprise Server. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  readonly pullRequest: number;
}

/** GitHub's author of comments that a workflow's own token creates. Comments by other authors are never edited. */
const author = "github-actions[bot]";
/** GitHub's largest page size. */
const perPage = 100;

const comments = z.array(
  z.object({ url: z.string(), body: z.string().nullish(), user: z.object({ login: z.string() }).nullish() }),
);
type Comment = z.infer<typeof comments>[number];

/** Creates a comment, or edits an earlier one with the same last line. @throws UserError with GitHub's response */
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
  const fix = "Set permissions: pull-requests: write for the job, and GITHUB_TOKEN for the step";
  throw cannot(`${method} ${url}`, `GitHub answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`, fix);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
