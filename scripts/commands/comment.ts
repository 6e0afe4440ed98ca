import { readText } from "../../stacks/read-file";
import { command, exitCodes, runMain, wholeNumber } from "../lib/cli";
import { putComment } from "../preview/comment";
import { cannot } from "../toolchain/machine";

const help = `
GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL are those of a workflow's step; the token may write to pull requests.

Exit code: 0 the comment is there, 1 it is not, 2 wrong usage.`;

runMain(async () => {
  const program = command("comment")
    .description("Puts a preview on a pull request of GitHub's, in place of an earlier one with the same last line.")
    .argument("<file>", "what npm run preview -- --markdown printed")
    .requiredOption("--pull-request <number>", "the pull request", wholeNumber())
    .addHelpText("after", help)
    .parse();
  const [file = ""] = program.args;
  const { pullRequest } = program.opts<{ pullRequest: number }>();
  const what = await putComment(readText(file), {
    api: process.env["GITHUB_API_URL"] ?? "https://api.github.com",
    repository: variable("GITHUB_REPOSITORY"),
    token: variable("GITHUB_TOKEN"),
    pullRequest,
  });
  console.error(`The preview of pull request ${pullRequest} is ${what}.`);
  return exitCodes.done;
});

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw cannot(name, "is not set", "Run this in a workflow of GitHub's, with env: in its step");
  return value;
}
