import { spawn } from "node:child_process";
import { once } from "node:events";
import { InvalidArgumentError, Option } from "commander";
import type { AwsNode } from "../../model/aws/plan";
import { awsKinds } from "../../model/images";
import { cannot, UserError } from "../../model/user-error";
import { readNodeSources } from "../../stacks/node-sources";
import { mostLogLines, requestShell } from "../../templates/node/request";
import { AwsCli } from "../aws/cli";
import { entryVariables, instanceVariables } from "../aws/node-entry";
import { type NodeReport, readReport } from "../aws/report";
import { command, exitCodes, runMain } from "../lib/cli";
import { awsPlanFromFile, awsProfile } from "../lib/load-stack";
import { print, printError, printJson } from "../lib/print";
import { notifyIfSlow } from "../lib/slow-notice";
import { awsStackOutputs } from "../lib/stack-outputs";
import { textTable } from "../lib/table";
import { thisMachine } from "../toolchain/machine";

interface Flags {
  readonly stack: string;
  readonly node?: string;
  readonly rollback?: boolean;
  readonly maintain?: boolean;
  readonly logs?: string;
  readonly lines: number;
  readonly json?: boolean;
}

const help = `
Without options it prints the last status that each node reported.

  --rollback   returns to the previous bundle, until a pulumi up that changes the node
  --maintain   deregisters the node from its region's traffic routing, waits for calls to end, upgrades Debian and Docker,
               reboots the machine, and registers the node again once it is healthy; one node after the other
  --logs       prints the end of a service's log, without the stack's secrets and join tokens; the log contains
               participants' addresses and names

Exit code: 0 every node is healthy (with --logs: has sent its log), 1 a node is not, 2 wrong usage.`;

/**
 * Time limit for a node to send its log. Request and log pass through the S3 bucket, which the node polls every five
 * seconds. The node first finishes an earlier request, which may take just as long.
 */
const logSeconds = 120;

/** Time limit for maintenance, in addition to the drain: download, upgrade, restart. */
const maintenanceSeconds = 1800;

runMain(async () => {
  const flags = command("nodes")
    .description(
      "Shows the status of the nodes of a stack on AWS, rolls them back, maintains them or prints their logs.",
    )
    .option("--stack <name>", "the stack", "prod")
    .option("--node <name>", "only this node, such as euc1-1")
    .addOption(new Option("--rollback", "return to the previous bundle").conflicts("maintain"))
    .option("--maintain", "upgrade and reboot")
    .addOption(
      new Option("--logs <service>", "print the end of a service's log")
        .choices(awsKinds)
        .conflicts(["maintain", "rollback", "json"]),
    )
    .option("--lines <number>", `number of lines, 1 to ${mostLogLines}`, lineCount, 200)
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const plan = awsPlanFromFile(flags.stack);
  const nodes = plan.nodes.filter(({ name }) => flags.node === undefined || name === flags.node);
  if (nodes.length === 0) throw unknownNode(flags.node, plan.nodes);
  const { bucket, region, signingKey } = await awsStackOutputs(flags.stack);
  const profile = awsProfile(flags.stack);
  const aws = await AwsCli.find(region, thisMachine, profile);
  const shared = { bucket, region, ...(signingKey && { signingKey }), ...(profile && { profile }) };
  if (flags.logs !== undefined) {
    const variables = { SERVICE: flags.logs, LINES: String(flags.lines) };
    const isPrinted = await printLogs(nodes, async (node) => ({
      node: node.name,
      ...shared,
      timeoutSeconds: logSeconds,
      entry: { ...(await instanceVariables(aws, plan, node)), ...variables },
    }));
    return isPrinted ? exitCodes.done : exitCodes.failed;
  }
  const verb = flags.rollback ? "rollback" : flags.maintain ? "maintain" : undefined;
  // Looks up all nodes first, so that an error occurs before any node gets a request.
  const timeoutSeconds = plan.settings.drainTimeoutSeconds + maintenanceSeconds;
  const requestTo = async (node: AwsNode) => ({
    node: node.name,
    ...shared,
    timeoutSeconds,
    entry: await entryVariables(aws, plan, node),
  });
  if (verb) {
    const requests = await Promise.all(nodes.map(requestTo));
    for (const request of requests) if (!(await sendRequest(verb, request))) return exitCodes.failed;
  }
  const reports = await notifyIfSlow(
    "Reading the status of the nodes",
    Promise.all(nodes.map(async ({ name }) => [name, await readReport(aws, bucket, name)] as const)),
  );
  printReports(reports, flags.json === true);
  return reports.every(([, report]) => report?.status === "healthy") ? exitCodes.done : exitCodes.failed;
});

interface NodeRequest {
  readonly node: string;
  readonly bucket: string;
  readonly region: string;
  /** ARN of the key that signs the request. @default none: the stack is of a release before request signing */
  readonly signingKey?: string;
  readonly timeoutSeconds: number;
  /** Environment of the request: variables that take the node out of traffic routing, or name the log to send. */
  readonly entry: Readonly<Record<string, string>>;
  /** AWS profile of the stack. @default the environment's */
  readonly profile?: string;
}

/** Prints the log of each node in turn, also after an error. Returns whether all have sent it. */
async function printLogs(
  nodes: readonly AwsNode[],
  requestTo: (node: AwsNode) => Promise<NodeRequest>,
): Promise<boolean> {
  let all = true;
  for (const node of nodes) {
    if (nodes.length > 1) print(`==> ${node.name} <==`);
    const request = await requestTo(node).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      printError(error.message);
    });
    all = request !== undefined && (await sendRequest("logs", request)) && all;
  }
  return all;
}

function lineCount(text: string): number {
  const lines = Number(text);
  if (Number.isInteger(lines) && lines >= 1 && lines <= mostLogLines) return lines;
  throw new InvalidArgumentError(`The number of lines must be from 1 to ${mostLogLines}.`);
}

/** Sends a request as `pulumi up` does, and prints the node's messages. Returns whether the node reports success. */
async function sendRequest(
  verb: string,
  { node, bucket, region, signingKey = "", timeoutSeconds, entry, profile }: NodeRequest,
): Promise<boolean> {
  const [shell, ...args] = requestShell(readNodeSources().requestScript);
  const target = { NODE: node, BUCKET: bucket, AWS_REGION: region, SIGNING_KEY: signingKey };
  const variables = { ...target, TIMEOUT_SECONDS: String(timeoutSeconds) };
  const child = spawn(shell, [...args, verb], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...entry, ...variables, ...(profile && { AWS_PROFILE: profile }) },
  });
  const [code] = await once(child, "close");
  return code === 0;
}

function printReports(reports: readonly (readonly [string, NodeReport | undefined])[], json: boolean): void {
  if (json) {
    const list = reports.map(([node, report]) => ({ node, ...(report ?? { status: "silent" }) }));
    printJson(list);
    return;
  }
  const rows = reports.map(([node, report]) => {
    const { status, phase, bundle, text }: NodeReport = report ?? { status: "silent", text: "has never reported" };
    return [node, phase ?? status, bundle?.slice(0, 12) ?? "", text];
  });
  print(textTable(["node", "status", "bundle", "message"], rows));
}

function unknownNode(name: string | undefined, nodes: readonly AwsNode[]) {
  const names = nodes.map((node) => node.name).join(", ");
  return cannot(`--node ${name}`, "the stack has no node of this name", `Name one of: ${names}`);
}
