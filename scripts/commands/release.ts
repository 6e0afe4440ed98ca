import { projectFolder } from "../../stacks/env";
import { command, exitCodes, runMain } from "../lib/cli";
import { print, printError } from "../lib/print";
import { makeRelease, planRelease } from "../release/release";

const help = `
Without a version, the commits since the latest release decide: a breaking change raises the major version, or before 1.0.0 the
minor one; feat raises the minor version, and any other type the patch version. It moves "Unreleased" of CHANGELOG.md to the
version, commits that with package.json, tags the commit and prints the notes. It pushes nothing. Once you push
main and the tag, .github/workflows/release.yml creates the release on GitHub, with the notes and SBOMs.

Exit code: 0 released, or nothing forbids the release; 1 something forbids it; 2 wrong usage.`;

runMain(async () => {
  const parsed = command("release")
    .description("Makes a release of this project from the main branch.")
    .argument("[version]", "a version such as 1.2.0, or the part to raise: major, minor or patch")
    .option("--dry-run", "print the version and the notes, and change nothing")
    .addHelpText("after", help)
    .parse();
  const { dryRun } = parsed.opts<{ dryRun?: boolean }>();
  const release = planRelease(projectFolder, parsed.args[0]);
  if (!dryRun) makeRelease(projectFolder, release, new Date().toISOString().slice(0, 10));
  print(`${release.version}\n\n${release.notes}`);
  printError(
    dryRun
      ? "\nNothing is changed. Make this release with the same command without --dry-run."
      : `\nPublish it with: git push origin main ${release.tag}`,
  );
  return exitCodes.done;
});
