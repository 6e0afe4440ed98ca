import { throwIfAny } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { command, exitCodes, runMain } from "../lib/cli";
import { print } from "../lib/print";
import { commitErrors, commitsIn, titleErrors } from "../release/commits";

const help = `
Each subject must be a Conventional Commit of at most 72 characters, such as "fix: renew the certificate earlier". Merges are not
checked. The workflow .github/workflows/commits.yml runs this on pull requests.

Exit code: 0 every message follows the rules; 1 one does not; 2 wrong usage.`;

runMain(async () => {
  const { since, title } = command("check-commits")
    .description("Checks the messages of the commits that a pull request adds.")
    .option("--since <revision>", "check the commits that this revision lacks", "main")
    .option("--title <text>", "check this title of the pull request too: a squash merge takes it as its subject")
    .addHelpText("after", help)
    .parse()
    .opts<{ since: string; title?: string }>();
  const commits = commitsIn(`${since}..HEAD`, projectFolder);
  throwIfAny([...commitErrors(commits), ...(title === undefined ? [] : titleErrors(title))]);
  print(`${commits.length} commits since ${since} follow the rules.`);
  return exitCodes.done;
});
