import { cannot } from "../../model/user-error";
import { readText } from "../../stacks/read-file";
import { command, exitCodes, runMain, wholeNumber } from "../lib/cli";
import { printError } from "../lib/print";
import { putComment } from "../preview/comment";

const help = `
It reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL of a workflow step. The token needs write access to pull requests.

Exit code: 0 the comment was posted, 1 it was not, 2 wrong usage.`;

runMain(async () => {
  const program = command("comment")
    .description(
      "Posts a preview as a comment on a GitHub pull request, and replaces an earlier one with the same last line.",
    )
    .argument("<file>", "output of npm run preview -- --markdown")
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
  printError(`The preview of pull request ${pullRequest} is ${what}.`);
  return exitCodes.done;
});

function variable(name: string): string {
  const value = process.env[name];
  if (!value)
    throw cannot(
      name,
      "the environment variable is not set",
      "Run this command in a GitHub Actions workflow, and set the variable under env: of the step",
    );
  return value;
}
