import type Dockerode from "dockerode";
import { labels } from "../../model/labels";
import type { Secrets } from "../../model/settings/secrets";
import { UserError } from "../../model/user-error";
import { redact } from "../doctor/check";

const lineCount = 10;

/**
 * Runs an engine operation. On failure, removes the stack's secrets from the error, since services may print them, and
 * adds the last log lines of each unhealthy container: the official plugin reports only that a container is unhealthy.
 */
export async function withUnhealthyLogs<Result>(
  docker: Dockerode,
  { namePrefix, secrets }: { readonly namePrefix: string; readonly secrets: Secrets },
  operation: () => Promise<Result>,
): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const logs = await unhealthyLogs(docker, namePrefix, error.message).catch(() => "");
    const errors = error.errors.map((error, i) => {
      const rule = i === 0 && logs !== "" ? `${error.rule}\n${logs}\n` : error.rule;
      return { ...error, rule: redact(rule, secrets) };
    });
    throw new UserError(errors);
  }
}

/**
 * Returns the last log lines. Omits a container if the error's message `said` already contains its log lines: the
 * fallback provider adds them to its messages.
 */
async function unhealthyLogs(docker: Dockerode, namePrefix: string, said: string): Promise<string> {
  const containers = await docker.listContainers({ all: true, filters: { label: [`${labels.stack}=${namePrefix}`] } });
  const logs = await Promise.all(
    containers.map(async ({ Id }) => {
      const container = docker.getContainer(Id);
      const { Name, State } = await container.inspect();
      const name = Name.slice(1);
      const isOut = State.Health !== undefined && (!State.Running || State.Health.Status !== "healthy");
      if (!isOut || (said.includes(name) && said.includes("its last lines:"))) return [];
      const lines = plainText(await container.logs({ stdout: true, stderr: true, tail: lineCount }));
      return [`the last lines of ${name} (${State.Health?.Status ?? State.Status}):`, lines || "  it wrote nothing"];
    }),
  );
  return logs.flat().join("\n");
}

/**
 * Decodes frames of the Docker engine's log. A frame has one byte for the stream, three bytes of padding, four bytes
 * for the length, and the content.
 */
export function plainText(multiplexed: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= multiplexed.length; ) {
    const end = at + 8 + multiplexed.readUInt32BE(at + 4);
    text += multiplexed.toString("utf8", at + 8, end);
    at = end;
  }
  return text.trimEnd().replace(/^(?=.)/gm, "  ");
}
