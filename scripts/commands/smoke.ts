import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { sanitizedJson } from "../../model/sanitize";
import { nameStack } from "../../model/stack-commands";
import { type ConfigError, formatErrors } from "../../model/user-error";
import { command, exitCodes, runMain } from "../lib/cli";
import { printColored, printError } from "../lib/print";
import { hasColor } from "../lib/terminal";
import { type PathId, pathIds, runSmoke, type SmokeTarget } from "../smoke/index";
import { serverUrlError } from "../smoke/server-url";
import { renderProgress, renderReport } from "../smoke/table";

interface Flags {
  readonly stack?: string;
  readonly url?: string;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly ca?: string;
  readonly paths?: readonly PathId[];
  readonly timeoutSeconds: number;
  readonly json?: boolean;
}

const program = command("smoke")
  .description("Joins a test room with two real WebRTC participants over every path and verifies audio and video.")
  .addOption(new Option("--stack <name>", "the stack to test; dev if no server is given"))
  .addOption(new Option("--url <url>", "ws:// or wss:// of any LiveKit server").env("LIVEKIT_URL"))
  .addOption(new Option("--api-key <key>", "its API key").env("LIVEKIT_API_KEY"))
  .addOption(
    new Option("--api-secret <secret>", "its API secret; flags show in process lists, prefer the variable").env(
      "LIVEKIT_API_SECRET",
    ),
  )
  .option("--ca <file>", "certificate of a private CA, PEM")
  .option("--paths <list>", `only these paths: ${pathIds.join(",")}`, parsePaths)
  .option("--timeout-seconds <seconds>", "time limit of one path", parseSeconds, 15)
  .option("--json", "print the report as JSON")
  .addHelpText("after", "\nExit code: 0 every path passed, 1 a path failed, 2 wrong usage.");

runMain(async () => {
  const flags = program.parse().opts<Flags>();
  const target = await targetOf(flags);
  const report = await runSmoke(target, {
    paths: flags.paths ?? pathIds,
    timeoutSeconds: flags.timeoutSeconds,
    onStart: ({ title }) => printError(`${title} ...`),
    onResult: (path) => printError(renderProgress(path, false)),
  });
  const shown = flags.json ? sanitizedJson(report) : renderReport(report, hasColor);
  printColored(nameStack(flags.stack ?? "dev", shown));
  return report.passed ? exitCodes.done : exitCodes.failed;
});

async function targetOf({ stack, url, apiKey, apiSecret, ca }: Flags): Promise<SmokeTarget> {
  if (stack !== undefined || url === undefined) {
    rejectBoth();
    printTarget(`stack ${stack ?? "dev"}`, stackReason(stack, url));
    const { stackTarget } = require("../smoke/target") as typeof import("../smoke/target");
    return stackTarget(stack ?? "dev");
  }
  const error = serverUrlError(url);
  if (error) return misused(error);
  if (!apiKey || !apiSecret) {
    return misused(
      ...(apiKey ? [] : [missing("LIVEKIT_API_KEY")]),
      ...(apiSecret ? [] : [missing("LIVEKIT_API_SECRET")]),
    );
  }
  printTarget(url, `from ${typed("url") ? "--url" : "LIVEKIT_URL"}; for the local stack: --stack dev`);
  return { url, apiKey, apiSecret, ...(ca !== undefined && { ca: readCa(ca) }) };
}

/**
 * Prints the tested server and why it was chosen: the user may have forgotten a LIVEKIT_URL in the environment.
 */
function printTarget(target: string, reason: string): void {
  printError(`Testing ${target} (${reason})`);
}

function stackReason(stack: string | undefined, url: string | undefined): string {
  if (stack === undefined) return "the default: neither --stack nor LIVEKIT_URL is set";
  return url === undefined ? "from --stack" : `from --stack, not from LIVEKIT_URL, which is ${url}`;
}

/**
 * Rejects server options on the command line together with --stack. Allows the options' environment variables, because
 * an application may need them.
 */
function rejectBoth(): void {
  const given = ["url", "apiKey", "apiSecret", "ca"].filter(typed);
  if (given.length > 0) {
    misused({
      key: "--stack",
      rule: "the option can't be combined with options that describe a server: a stack has its own address, keys and CA",
      fix: "Use either --stack or --url, --api-key, --api-secret and --ca",
    });
  }
}

function typed(flag: string): boolean {
  return program.getOptionValueSource(flag) === "cli";
}

function misused(...errors: ConfigError[]): never {
  return program.error(formatErrors(errors), { exitCode: exitCodes.usage });
}

function missing(key: string): ConfigError {
  return {
    key,
    rule: "the variable is required to create access tokens, but is not set",
    fix: `Set it in the environment: export ${key}=...`,
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const rule = (error as Error).message;
    return misused({ key: "--ca", value: file, rule, fix: "Name a readable file with a PEM certificate" });
  }
}

function parsePaths(list: string): PathId[] {
  const named = list.split(",").map((id) => id.trim());
  const unknown = named.filter((id) => !pathIds.some((known) => known === id));
  if (unknown.length > 0)
    throw new InvalidArgumentError(
      `no network path is named ${unknown.join(", ")}; the allowed paths are ${pathIds.join(", ")}`,
    );
  return named as PathId[];
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 600)) throw new InvalidArgumentError("the time limit must be from 1 to 600 seconds");
  return seconds;
}
