import { balancedRows } from "../../model/aws/account-names";
import { type AwsNode, turnNameOf } from "../../model/aws/plan";
import { turnCredentials } from "../../model/credentials";
import { formatPorts, type PortRow } from "../../model/ports/table";
import { npm } from "../lib/cli";
import { requestBinding } from "../smoke/stun";
import { tryAllocation } from "./allocation";
import { type AwsContext, isSingle } from "./aws-context";
import { presented, validateCertificate } from "./certificate";
import { type Check, CheckFailure } from "./check";
import { checkTcp } from "./ports";

/** Lifetime of the credentials. It is short, so that leaked ones do little harm. */
const turnTtlSeconds = 60;

/** Returns the checks of each node's services. They connect to the node's own address and bypass any load balancer. */
export function nodeServiceChecks(context: AwsContext): Check[] {
  return context.plan.nodes.flatMap((node) => {
    const prefix = isSingle(context.plan) ? "" : `${node.name}: `;
    const checks = [...portChecks(context, node), ...relayChecks(context, node), ...certificateChecks(context, node)];
    return checks.map((check) => ({ ...check, title: `${prefix}${check.title}` }));
  });
}

/** Returns a check for each port of each region's load balancer. Empty if the stack has no load balancer. */
export function balancerChecks({ stack, plan }: AwsContext): Check[] {
  if (plan.settings.loadBalancer !== "nlb") return [];
  return plan.regions.flatMap(({ entryName }) =>
    balancedRows(plan).map(({ row }) => ({
      title: `${entryName}: ${portTitle(row)}`,
      fix: `Restore the load balancer with: pulumi up --refresh -s ${stack}; then check the nodes with: ${npm("nodes", { stack })}`,
      run: (signal: AbortSignal) => checkTcp(entryName, row.first, signal),
    })),
  );
}

/** Returns a check for each public TCP port. STUN, TURN and the smoke test cover the UDP ports. */
function portChecks({ stack, plan, addressOf }: AwsContext, node: AwsNode): Check[] {
  const narrowed = plan.settings.apiIngress === "vpc" ? [plan.ports.api] : [];
  const rows = Object.values(plan.ports).filter((row) => row.protocols.includes("tcp") && !narrowed.includes(row));
  return rows.map((row) => ({
    title: portTitle(row),
    fix: firewallFix(stack),
    run: async (signal: AbortSignal) => checkTcp(addressOf(node), row.first, signal),
  }));
}

function portTitle(row: PortRow): string {
  return `port ${formatPorts(row)}/tcp (${row.service}, ${row.purpose})`;
}

function firewallFix(stack: string): string {
  return `Restore the security group: pulumi up --refresh -s ${stack}; then look for a firewall on this side`;
}

function relayChecks({ stack, plan, outputs, addressOf }: AwsContext, node: AwsNode): Check[] {
  const { first } = plan.ports.turn;
  return [
    {
      title: `STUN on ${first}/udp`,
      fix: firewallFix(stack),
      run: async () => {
        const address = addressOf(node);
        await requestBinding({ host: address, port: first }, "udp", {});
        return `${address} answers`;
      },
    },
    {
      title: "TURN credentials",
      fix: `Check whether the node has the stack's TURN secret: ${npm("nodes", { stack })}`,
      run: async (signal) => {
        const address = addressOf(node);
        const credentials = turnCredentials("doctor", outputs.turnSecret, turnTtlSeconds);
        const relayed = await tryAllocation(address, first, credentials, signal);
        if (relayed !== address)
          throw new CheckFailure(`the relay allocates at ${relayed}, but the node's address is ${address}`);
        return `accepted, relay address ${relayed}`;
      },
    },
  ];
}

/** Returns a check of each TLS service's certificate, for the host name that clients use. */
function certificateChecks({ stack, plan, addressOf, ca }: AwsContext, node: AwsNode): Check[] {
  const { https, turnTls } = plan.ports;
  const turnName = turnNameOf(plan, node);
  const shown = [
    ["HTTPS", https.first, plan.apiName],
    ["TURN/TLS by name", https.first, turnName],
    ["TURN/TLS", turnTls.first, turnName],
  ] as const;
  return shown.map(([what, port, name]) => ({
    title: `certificate of ${what} (${port}/tcp)`,
    fix: `Find out why the certificate was not renewed: ${npm("nodes", { stack })}`,
    run: async (signal) => {
      const found = await presented({ ...(ca && { ca }), address: addressOf(node) }, port, name, signal);
      return validateCertificate(found, [name], new Date());
    },
  }));
}
