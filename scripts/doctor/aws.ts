import { RoomServiceClient } from "livekit-server-sdk";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { toSecrets } from "../../model/settings/secrets";
import { UserError } from "../../model/user-error";
import { defaultDirectoryUrl } from "../../templates/node/bundle";
import { AwsCli } from "../aws/cli";
import { nodeAddresses } from "../aws/node-entry";
import { readReport } from "../aws/report";
import { npm } from "../lib/cli";
import { awsPlanFromFile, awsProfile } from "../lib/load-stack";
import { printError } from "../lib/print";
import { awsStackOutputs } from "../lib/stack-outputs";
import { thisMachine } from "../toolchain/machine";
import { type AwsContext, addressesOf } from "./aws-context";
import { nameChecks } from "./aws-names";
import { balancerChecks, nodeServiceChecks } from "./aws-node";
import { type Check, type CheckContext, CheckFailure, requestSeconds } from "./check";
import { dnsChecks } from "./dns";
import { clockLimitSeconds, clockOffset, describeOffset } from "./livekit";

/** Returns all checks of a stack on AWS. If the stack is not up, returns only the checks of the account and of DNS. */
export async function checksOnAws(
  stack: string,
): Promise<{ readonly checks: Check[]; readonly context: CheckContext }> {
  const plan = awsPlanFromFile(stack);
  const aws = await AwsCli.find(primaryRegion(plan).name, thisMachine, awsProfile(stack));
  const context = await loadContext(stack, plan, aws).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    // The stack is not up, or its state can't be read. The account and DNS can still be checked.
    printError(error.message);
    return undefined;
  });
  const outputs = context?.outputs;
  const directoryUrl = plan.settings.acme.directoryUrl ?? defaultDirectoryUrl;
  return {
    checks: [...dnsChecks(plan, directoryUrl, aws), ...(context ? remoteChecks(context) : [])],
    context: {
      secrets: outputs
        ? toSecrets({ apiKey: outputs.apiKey, apiSecret: outputs.apiSecret, turnSecret: outputs.turnSecret })
        : toSecrets({}),
      isUp: context !== undefined,
      bringUp: `pulumi up -s ${stack}`,
    },
  };
}

/** Loads the running stack's outputs and addresses. @throws UserError if it is not up or an AWS request fails */
async function loadContext(stack: string, plan: AwsPlan, aws: AwsCli): Promise<AwsContext> {
  const outputs = await awsStackOutputs(stack);
  return { stack, plan, outputs, aws, addressOf: addressesOf(stack, await nodeAddresses(aws, plan)) };
}

/** Returns checks that connect from this machine, and so cover DNS, internet gateway, packet filters and the node. */
function remoteChecks(context: AwsContext): Check[] {
  return [
    ...nodeChecks(context),
    ...nameChecks(context),
    ...balancerChecks(context),
    ...nodeServiceChecks(context),
    ...apiChecks(context),
  ];
}

function nodeChecks({ stack, plan, outputs, aws }: AwsContext): Check[] {
  return plan.nodes.map(({ name }) => ({
    title: `node ${name}`,
    fix: `Read the node's status: ${npm("nodes", { stack })}`,
    run: async () => {
      const report = await readReport(aws, outputs.bucket, name);
      if (report === undefined) throw new CheckFailure("it has never reported");
      const { status, text } = report;
      if (status !== "healthy") throw new CheckFailure(`it is ${status}: ${text.split("\n")[0]}`);
      return status;
    },
  }));
}

function apiChecks({ stack, plan, outputs }: AwsContext): Check[] {
  const { https } = plan.ports;
  const url = `https://${plan.apiName}${https.first === 443 ? "" : `:${https.first}`}`;
  return [
    {
      title: "LiveKit reaches Redis",
      fix: `Read the node's status: ${npm("nodes", { stack })}`,
      run: async (signal) => {
        const { status } = await fetch(url, { signal });
        if (status === 406) throw new CheckFailure("it answers 406: it can't write to Redis");
        if (status !== 200) throw new CheckFailure(`it answers ${status} instead of 200`);
        return "200";
      },
    },
    {
      title: "API token",
      fix: `Apply the stack's API keys with: pulumi up -s ${stack}`,
      run: async () => {
        const client = new RoomServiceClient(url, outputs.apiKey, outputs.apiSecret, {
          requestTimeout: requestSeconds,
        });
        const rooms = await client.listRooms().catch((error: { status?: number }) => {
          // Replaces the error: its message contains the token.
          throw error.status === 401
            ? new CheckFailure("401: it runs with a different key, or the clocks differ")
            : error;
        });
        return `accepted, ${rooms.length} rooms`;
      },
    },
    {
      title: "clock",
      fix: "Synchronize this machine's clock with: sudo timedatectl set-ntp true",
      run: async (signal) => {
        const { headers } = await fetch(url, { signal });
        const offSeconds = clockOffset(headers.get("date"), Date.now());
        if (Math.abs(offSeconds) > clockLimitSeconds)
          throw new CheckFailure(`the node's clock is ${describeOffset(offSeconds)}`);
        return "agrees with the node's";
      },
    },
  ];
}
