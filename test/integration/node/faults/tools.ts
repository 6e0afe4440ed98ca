import { createHash } from "node:crypto";
import { serviceLogGroup, serviceLogStream } from "../../../../model/aws/watch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "../../../../packages/aws-simulator/sdk/cloudwatch-logs";
import type { Bundle } from "../../../../templates/node/bundle";
import { nodePaths } from "../../../../templates/node/paths";
import { eventually } from "../../../support/eventually";
import type { TestNode } from "../../../support/test-node";

/** Containers of a node's services. */
export const services = ["lk-coturn", "lk-livekit", "lk-livekit-redis", "lk-nginx", "lk-node-exporter"];

/** Bundle files that tests change. */
export const paths = {
  nginx: "stack/nginx/nginx.conf",
  livekit: "stack/livekit/livekit.yaml",
  journal: "system/etc/systemd/journald.conf.d/60-livekit.conf",
};

/** Expects that every service is healthy, and that media flows over the shortest and the longest path. */
export async function serves(node: TestNode): Promise<void> {
  await healthy(node);
  const { exitCode, all } = await node.smoke("--paths", "udp,turn-tls");
  expect([exitCode, all]).toEqual([0, expect.stringContaining("2 of 2 paths")]);
}

export async function healthy({ machine }: TestNode): Promise<void> {
  await eventually(async () => {
    const names = await machine.run(["docker", "ps", "--filter", "health=healthy", "--format", "{{.Names}}"]);
    expect(lines(names).sort()).toEqual(services);
  });
}

/** Waits until the node agent has applied a request since the agent's last start. */
export async function converged(node: TestNode): Promise<void> {
  const show = "systemctl show --property InvocationID --value livekit-node";
  const script = `journalctl --no-pager --output cat _SYSTEMD_INVOCATION_ID=$(${show})`;
  await eventually(async () => expect(await node.machine.run(["sh", "-c", script])).toContain("healthy: "));
}

/** Returns a unit's log since the machine booted. */
export function journal({ machine }: TestNode, unit: string): Promise<string> {
  return machine.run(["journalctl", "--boot", "--no-pager", "--output", "cat", "--unit", unit]);
}

/** Waits until LiveKit's log reaches CloudWatch again. */
export async function logged(node: TestNode, sinceMs: number): Promise<void> {
  const client = new CloudWatchLogsClient(node.awsOptions);
  const { namePrefix, regions } = node.plan;
  const logGroupName = serviceLogGroup(namePrefix, regions[0].code);
  await eventually(async () => {
    const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName, startTime: sinceMs }));
    const streams = events.map(({ logStreamName }) => logStreamName);
    expect(streams).toContain(serviceLogStream(node.node.name, "livekit"));
  });
}

/** Reads a file of the compose folder that the node's services currently use. */
export function live({ machine }: TestNode, path: string): Promise<string> {
  return machine.run(["cat", `${nodePaths.stack}/${path}`]);
}

/** Returns the serial numbers of the certificates that nginx and Coturn present to a client outside. */
export function serials(node: TestNode): Promise<readonly string[]> {
  const { apiName, turnName, ports } = node.plan;
  return Promise.all([serial(node, apiName, ports.https.first), serial(node, turnName, ports.turnTls.first)]);
}

async function serial(node: TestNode, name: string, port: number): Promise<string> {
  const ask = `openssl s_client -connect ${node.publicAddress}:${port} -servername ${name} </dev/null 2>/dev/null`;
  return eventually(async () => {
    const said = await node.simulator.internet.run(["sh", "-c", `${ask} | openssl x509 -noout -serial`]);
    return said.trim().replace("serial=", "");
  });
}

/** Returns a bundle with one passage of a file replaced. @throws Error if the file lacks the passage */
export function changed(bundle: Bundle, path: string, from: string | RegExp, to: string): Bundle {
  const before = bundle[path] ?? "";
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${path} does not contain ${from}`);
  return { ...bundle, [path]: after };
}

/** Returns the digest that identifies a bundle in the node's report. */
export function digest(bundle: Bundle): string {
  return createHash("sha256").update(JSON.stringify(bundle)).digest("hex");
}

export function lines(text: string): string[] {
  return text.trim().split("\n");
}
