import type { Readable } from "node:stream";
import { addAbortSignal } from "node:stream";
import type Docker from "dockerode";
import type { Container } from "dockerode";

/**
 * Starts the container and waits for Docker's event that its health check passes.
 *
 * @throws if the container exits, becomes unhealthy or times out, with its last log lines and the check's output
 */
export async function startUntilHealthy(
  engine: Docker,
  container: Container,
  timeoutSeconds: number,
  interrupted: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const filters = { container: [container.id], event: ["health_status", "die"] };
  const events = (await engine.getEvents({ filters })) as Readable;
  addAbortSignal(AbortSignal.any([interrupted, timeout]), events);
  try {
    await container.start();
    if (await isHealthy(container)) return;
    for await (const _ of events) if (await isHealthy(container)) return;
    throw new Error("Docker's event stream ended before the container was healthy");
  } catch (error) {
    if (timeout.aborted) throw await unhealthy(container, `is not healthy after ${timeoutSeconds} s`);
    throw interrupted.aborted ? interrupted.reason : error;
  } finally {
    events.destroy();
  }
}

async function isHealthy(container: Container): Promise<boolean> {
  const { State: state } = await container.inspect();
  if (!state.Running || state.Restarting) throw await unhealthy(container, `ended with exit code ${state.ExitCode}`);
  if (!state.Health)
    throw new Error(
      "the input wait requires a health check, but neither the container nor its image defines a health check",
    );
  if (state.Health.Status === "unhealthy") throw await unhealthy(container, "is unhealthy");
  return state.Health.Status === "healthy";
}

async function unhealthy(container: Container, what: string): Promise<Error> {
  const { Name, State } = await container.inspect();
  const lastCheck = State.Health?.Log.at(-1);
  const lines = await lastLines(container);
  return new Error(
    [
      `the container ${Name.slice(1)} ${what}`,
      ...(lastCheck ? [`its health check ended with ${lastCheck.ExitCode}:`, quote(lastCheck.Output)] : []),
      ...(lines ? ["its last lines:", quote(lines)] : ["it wrote nothing"]),
    ].join("\n"),
  );
}

async function lastLines(container: Container): Promise<string> {
  const multiplexed = await container.logs({ stdout: true, stderr: true, tail: 20 });
  let text = "";
  // Each frame: one byte for the stream, three bytes of padding, four bytes for the length, then the content.
  for (let at = 0; at + 8 <= multiplexed.length; ) {
    const end = at + 8 + multiplexed.readUInt32BE(at + 4);
    text += multiplexed.toString("utf8", at + 8, end);
    at = end;
  }
  return text;
}

/**
 * Puts `| ` before each line of a container's output, so that none starts with a command of GitHub's runner, and removes
 * escape sequences and control characters, as `sanitizeText` of `model/sanitize.ts` does: Pulumi prints it to a terminal.
 */
function quote(text: string): string {
  return text
    .replace(escapeSequence, "")
    .replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, "")
    .replace(/#(?=\p{DI}*#\p{DI}*\[)/gu, "#\\")
    .trimEnd()
    .replace(/^/gm, "  | ");
}

const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)/g;
