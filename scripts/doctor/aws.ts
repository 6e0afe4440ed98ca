import { lookup } from "node:dns/promises";
import { RoomServiceClient } from "livekit-server-sdk";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { turnCredentials } from "../../model/credentials";
import { Refusal } from "../../model/fault";
import type { AwsOutputs } from "../../model/outputs";
import { formatPorts } from "../../model/ports";
import { toSecrets } from "../../model/settings/secrets";
import { defaultDirectoryUrl } from "../../templates/node/bundle";
import { AwsCli } from "../aws/cli";
import { readReport } from "../aws/report";
import { npm } from "../cli";
import { awsPlanFromFile, awsProfile } from "../preflight";
import { requestBinding } from "../smoke/stun";
import { awsStackOutputs } from "../stack-outputs";
import { thisMachine } from "../tools/machine";
import { tryAllocation } from "./allocation";
import { judge, presented } from "./certificate";
import { Ailment, type Check, type Condition, deadlineSeconds } from "./check";
import { dnsChecks } from "./dns";
import { clockLimitSeconds, clockOffset } from "./livekit";
import { checkTcp } from "./ports";

/** A stack on AWS that is up, as it is seen from this machine. */
export interface RemoteSubject {
  readonly stack: string;
  readonly plan: AwsPlan;
  readonly outputs: AwsOutputs;
  readonly aws: AwsCli;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
}

/** Long enough for one exchange: credentials that are seen do no harm for long. */
const turnTtlSeconds = 60;

/** Every check of a stack on AWS. Before it is up, those of the account and of DNS alone. */
export async function checksOnAws(stack: string): Promise<{ readonly checks: Check[]; readonly condition: Condition }> {
  const plan = awsPlanFromFile(stack);
  const aws = await AwsCli.find(primaryRegion(plan).name, thisMachine, awsProfile(stack));
  const outputs = await awsStackOutputs(stack).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    // Not up, or its state can't be reached: the account and DNS can be examined all the same.
    console.error(error.message);
    return undefined;
  });
  const directoryUrl = plan.settings.acme.directoryUrl ?? defaultDirectoryUrl;
  return {
    checks: [...dnsChecks(plan, directoryUrl, aws), ...(outputs ? remoteChecks({ stack, plan, outputs, aws }) : [])],
    condition: {
      secrets: outputs
        ? toSecrets({ apiKey: outputs.apiKey, apiSecret: outputs.apiSecret, turnSecret: outputs.turnSecret })
        : toSecrets({}),
      isUp: outputs !== undefined,
      bringUp: `pulumi up -s ${stack}`,
    },
  };
}

/** What clients meet, checked from this machine: the whole way through DNS, gateway, filters and the node. */
export function remoteChecks(subject: RemoteSubject): Check[] {
  return [
    ...nodeChecks(subject),
    ...nameChecks(subject),
    ...portChecks(subject),
    ...relayChecks(subject),
    ...certificateChecks(subject),
    ...apiChecks(subject),
  ];
}

function nodeChecks({ stack, plan, outputs, aws }: RemoteSubject): Check[] {
  return plan.nodes.map(({ name }) => ({
    title: `node ${name}`,
    fix: `See what it says: ${npm("nodes", { stack })}`,
    run: async () => {
      const report = await readReport(aws, outputs.bucket, name);
      if (report === undefined) throw new Ailment("it has never reported");
      const { status, text } = report;
      if (status !== "healthy") throw new Ailment(`it is ${status}: ${text.split("\n")[0]}`);
      return status;
    },
  }));
}

function nameChecks({ stack, plan, outputs }: RemoteSubject): Check[] {
  const names = [plan.apiName, plan.turnName, ...plan.nodes.map(({ dnsName }) => dnsName)];
  return names.map((name) => ({
    title: `name ${name}`,
    fix: `Put the record back: pulumi up --refresh -s ${stack}`,
    run: async () => {
      const { address } = await lookup(name, { family: 4 });
      if (address !== outputs.address) throw new Ailment(`it is ${address}, and the node is ${outputs.address}`);
      return address;
    },
  }));
}

/** TCP ports answer by themselves; UDP ones are proven by STUN, TURN and the smoke test. */
function portChecks({ stack, plan, outputs }: RemoteSubject): Check[] {
  const narrowed = plan.settings.apiIngress === "vpc" ? [plan.ports.api] : [];
  const rows = Object.values(plan.ports).filter((row) => row.protocols.includes("tcp") && !narrowed.includes(row));
  return rows.map((row) => ({
    title: `port ${formatPorts(row)}/tcp (${row.service}, ${row.purpose})`,
    fix: `Put the security group back: pulumi up --refresh -s ${stack}; then look for a firewall on this side`,
    run: (signal: AbortSignal) => checkTcp(outputs.address, row.first, signal),
  }));
}

function relayChecks({ stack, plan, outputs }: RemoteSubject): Check[] {
  const { first } = plan.ports.turn;
  const { address, turnSecret } = outputs;
  return [
    {
      title: `STUN on ${first}/udp`,
      fix: `Put the security group back: pulumi up --refresh -s ${stack}; then look for a firewall on this side`,
      run: async () => {
        await requestBinding({ host: address, port: first }, "udp", {});
        return `${address} answers`;
      },
    },
    {
      title: "TURN credentials",
      fix: `See whether the node has taken the secret: ${npm("nodes", { stack })}`,
      run: async (signal) => {
        const relayed = await tryAllocation(
          address,
          first,
          turnCredentials("doctor", turnSecret, turnTtlSeconds),
          signal,
        );
        if (relayed !== address) throw new Ailment(`the relay hands out ${relayed}, and the node is ${address}`);
        return `accepted, relay address ${relayed}`;
      },
    },
  ];
}

function certificateChecks({ stack, plan, outputs, ca }: RemoteSubject): Check[] {
  const { https, turnTls } = plan.ports;
  const shown = [
    ["HTTPS", https.first, plan.apiName],
    ["TURN/TLS by name", https.first, plan.turnName],
    ["TURN/TLS", turnTls.first, plan.turnName],
  ] as const;
  return shown.map(([what, port, name]) => ({
    title: `certificate of ${what} (${port}/tcp)`,
    fix: `See why it was not renewed: ${npm("nodes", { stack })}`,
    run: async (signal) => {
      const found = await presented({ ...(ca && { ca }), address: outputs.address }, port, name, signal);
      return judge(found, [name], new Date());
    },
  }));
}

function apiChecks({ stack, plan, outputs }: RemoteSubject): Check[] {
  const { https } = plan.ports;
  const url = `https://${plan.apiName}${https.first === 443 ? "" : `:${https.first}`}`;
  return [
    {
      title: "LiveKit reaches Redis",
      fix: `See what the node says: ${npm("nodes", { stack })}`,
      run: async (signal) => {
        const { status } = await fetch(url, { signal });
        if (status === 406) throw new Ailment("it answers 406: it can't write to Redis");
        if (status !== 200) throw new Ailment(`it answers ${status}`);
        return "200";
      },
    },
    {
      title: "API token",
      fix: `Bring the stack's own keys into force: pulumi up -s ${stack}`,
      run: async () => {
        const client = new RoomServiceClient(url, outputs.apiKey, outputs.apiSecret, {
          requestTimeout: deadlineSeconds,
        });
        const rooms = await client.listRooms().catch((error: { status?: number }) => {
          // The answer's own text repeats the token.
          throw error.status === 401 ? new Ailment("401: it runs with another key, or clocks differ") : error;
        });
        return `accepted, ${rooms.length} rooms`;
      },
    },
    {
      title: "clock",
      fix: "sudo timedatectl set-ntp true",
      run: async (signal) => {
        const { headers } = await fetch(url, { signal });
        const offSeconds = clockOffset(headers.get("date"), Date.now());
        if (Math.abs(offSeconds) > clockLimitSeconds)
          throw new Ailment(`the node's is ${offSeconds} s ahead of this machine's`);
        return "agrees with the node's";
      },
    },
  ];
}
