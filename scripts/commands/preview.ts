import { basename } from "node:path";
import { Option } from "commander";
import { cannot } from "../../model/user-error";
import { command, exitCodes, npm, runMain } from "../lib/cli";
import { openStack } from "../lib/engine";
import { exclusively } from "../lib/exclusive";
import { isOnAws } from "../lib/load-stack";
import { print, printJson } from "../lib/print";
import { shown } from "../lib/progress";
import { changesOf } from "../preview/engine";
import { changesBetween, changesSince, exampleStacks } from "../preview/golden";
import { summarizeImpact } from "../preview/impact-summary";
import { type Preview, previewOf, renderMarkdown, renderText } from "../preview/report";
import { findEngine } from "../toolchain/docker";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePlugins } from "../toolchain/plugins";
import { ensurePulumi } from "../toolchain/pulumi";

interface Flags {
  readonly stack: string;
  readonly golden?: readonly string[];
  readonly since?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

const help = `
It shows which ports open and close, what happens to nodes, services and running calls, whether secrets rotate, and the
stack's capacity and cost before and after. Then it lists each resource and its changed inputs, never their values.

--golden and --since compare golden files, such as test/golden/prod.json. They need neither an account nor Pulumi, and contain
only the number of secrets. --markdown ends with a marker, by which scripts/commands/comment.ts finds the comment again.

Exit code: 0 the preview succeeded, whatever it shows; 1 it failed; 2 wrong usage.`;

runMain(async () => {
  const flags = command("preview")
    .description("Previews an update of a stack and summarizes its impact.")
    .option("--stack <name>", "the stack to preview", "dev")
    .addOption(new Option("--golden <files...>", "compare two golden files, before and after, instead of a stack"))
    .addOption(
      new Option("--since <revision>", "compare the example stacks, then and now, instead of a stack").conflicts(
        "golden",
      ),
    )
    .addOption(new Option("--markdown", "print a comment for a pull request").conflicts("json"))
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const previews = await previewsOf(flags);
  const name = flags.golden || flags.since ? "examples" : flags.stack;
  if (flags.json) printJson(previews);
  else print(flags.markdown ? renderMarkdown(previews, name).trimEnd() : renderText(previews));
  return exitCodes.done;
});

async function previewsOf({ stack, golden, since }: Flags): Promise<readonly Preview[]> {
  if (golden) return [ofGoldens(golden)];
  if (since) return exampleStacks().map((example) => ofExample(example, since));
  return [await exclusively(npm("preview", { stack }), () => ofStack(stack))];
}

function ofGoldens([before, after, ...more]: readonly string[]): Preview {
  if (before === undefined || after === undefined || more.length > 0) {
    throw cannot(
      "--golden",
      "the option requires two files",
      "For example: npm run preview -- --golden before.json after.json",
    );
  }
  const changes = changesBetween(before, after);
  return previewOf(basename(after, ".json"), `golden files ${before} and ${after}`, changes, summarizeImpact(changes));
}

function ofExample(stack: string, revision: string): Preview {
  const changes = changesSince(revision, stack);
  return previewOf(stack, `the example since ${revision}`, changes, summarizeImpact(changes));
}

/** Runs Pulumi's preview of a stack, which changes nothing. */
async function ofStack(stack: string): Promise<Preview> {
  const onAws = isOnAws(stack);
  const pulumi = await ensurePulumi(thisMachine, toStandardError);
  const pluginPath = await ensurePlugins(pulumi, thisMachine, () => {});
  const engine = onAws ? undefined : await findEngine().catch(() => undefined);
  const opened = await openStack(stack, {
    pulumi,
    ...(pluginPath && { pluginPath }),
    ...(engine?.dockerHost && { dockerHost: engine.dockerHost }),
  });
  const events: Parameters<typeof changesOf>[0][number][] = [];
  const { warnings } = await shown(`Preview of ${stack}`, ({ onEvent, signal }) =>
    opened.preview({
      signal,
      onEvent: (event) => {
        events.push(event);
        onEvent(event);
      },
    }),
  );
  const changes = changesOf(events);
  return previewOf(stack, "by the engine", changes, summarizeImpact(changes), warnings);
}
