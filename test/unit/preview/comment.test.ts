import { spawnSync } from "node:child_process";
import { type CommentTarget, putComment } from "../../../scripts/preview/comment";
import { marker } from "../../../scripts/preview/report";
import { projectFolder } from "../../../stacks/env";
import { PullRequest } from "../../support/pull-request";

let github: PullRequest;
let target: CommentTarget;

beforeEach(async () => {
  github = new PullRequest();
  const { repository, token, number: pullRequest } = PullRequest;
  target = { api: await github.listen(), repository, token, pullRequest };
});
afterEach(() => github.close());

const preview = (stack: string, text: string) => `${text}\n\n${marker(stack)}\n`;
const bodies = () => github.comments.map(({ body }) => body);

test("the first preview of a stack creates a pull request comment; later previews edit this comment", async () => {
  expect(await putComment(preview("prod", "first"), target)).toBe("new");
  expect(await putComment(preview("examples", "others"), target)).toBe("new");
  expect(await putComment(preview("prod", "second"), target)).toBe("edited");
  expect(bodies()).toEqual([preview("prod", "second"), preview("examples", "others")]);
});

test("edits the comment of an earlier preview even after hundreds of other comments", async () => {
  for (let i = 0; i < 250; i++) github.write(`comment ${i}`);
  github.write(preview("prod", "first"));
  expect(await putComment(preview("prod", "second"), target)).toBe("edited");
});

test("does not edit another user's comment with a marker, or the bot's comment that only mentions a marker", async () => {
  const theirs = preview("prod", "mine");
  github.write(theirs, "another-user");
  github.write(`${marker("prod")} is the marker`);
  expect(await putComment(preview("prod", "preview"), target)).toBe("new");
  expect(bodies()).toEqual([theirs, `${marker("prod")} is the marker`, preview("prod", "preview")]);
});

test("reports a GitHub token's missing permissions with the fix, and does not print the token", async () => {
  const rejected = putComment(preview("prod", "first"), { ...target, token: "planted-token" });
  await expect(rejected).rejects.toThrow(/GitHub answers 403.*Set permissions: pull-requests: write for the job/s);
  await expect(rejected).rejects.not.toThrow(/planted-token/);
});

test.each(["refs/pull/7", "0", ""])("rejects the pull request number %j and sends no request to GitHub", (number) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["scripts/bin.mjs", "comment", "README.md", "--pull-request", number],
    { cwd: projectFolder, encoding: "utf8" },
  );
  expect([status, stderr]).toEqual([2, expect.stringContaining("a whole number above 0")]);
});
