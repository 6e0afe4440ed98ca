import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { scratchOptions } from "../../model/service";
import type { Secrets } from "../../model/settings/secrets";
import type { Trial, TrialInput } from "../../model/trial";
import { cannot } from "../../model/user-error";
import { tarArchive } from "../../packages/provider-kit/archive";
import { removeContainer } from "../../packages/provider-kit/remove-container";
import { redact } from "../doctor/check";
import { runMain } from "../lib/cli";
import { plainText } from "../lib/unhealthy-logs";
import { findEngine } from "../toolchain/docker";
import { lastLines } from "../toolchain/machine";

/**
 * Time limit for one service's validation. If Redis rejects connections, LiveKit's retries end within this time. If
 * Redis does not answer at all, LiveKit retries for minutes, which is too long to wait.
 */
const limitSeconds = 20;

/**
 * Validates service files with the services' own programs. Reads a {@link TrialInput} from standard input. Pulumi
 * runs this before it replaces any part of the stack, and shows its output.
 */
runMain(async () => {
  const { trials, secrets }: TrialInput = JSON.parse(await text(process.stdin));
  const { docker } = await findEngine();
  for (const trial of trials) await validate(trial, secrets, docker);
  return 0;
});

/** Runs one service's validation. @throws UserError with the end of the program's output, without secrets */
async function validate(trial: Trial, secrets: Secrets, docker: Dockerode): Promise<void> {
  // An earlier run that was killed may have left its container.
  await removeContainer(docker.getContainer(trial.container));
  const container = await docker.createContainer(options(trial));
  try {
    const files = trial.files.map(({ mode, ...file }) => ({ ...file, mode: Number.parseInt(mode, 8) }));
    await container.putArchive(tarArchive(files), { path: "/" });
    await container.start();
    const ended = await endsWithin(container, limitSeconds);
    const said = plainText(await container.logs({ stdout: true, stderr: true, tail: 20 }));
    if (ended && said.includes(trial.accepts)) return;
    const output = ended ? said : `timed out after ${limitSeconds} s\n${said}`;
    throw cannot(
      trial.service,
      `the service rejects its new configuration, and no container was replaced:\n${lastLines(redact(output, secrets)) || "the service wrote no output"}`,
      trial.fix,
    );
  } finally {
    await removeContainer(container);
  }
}

function options({ container, ...trial }: Trial): Dockerode.ContainerCreateOptions {
  const [program = "", ...words] = trial.entrypoint;
  return {
    name: container,
    Labels: trial.labels,
    Image: trial.image,
    Entrypoint: [program],
    Cmd: [...words, ...trial.command],
    User: trial.user,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: trial.network,
      ExtraHosts: [...trial.hosts],
      Tmpfs: { "/tmp": scratchOptions },
      CapDrop: ["ALL"],
      CapAdd: [...trial.capabilities],
      SecurityOpt: ["no-new-privileges:true"],
    },
  };
}

async function endsWithin(container: Dockerode.Container, seconds: number): Promise<boolean> {
  const over = AbortSignal.timeout(seconds * 1000);
  return container.wait({ abortSignal: over }).then(
    () => true,
    (error: unknown) => {
      if (over.aborted) return false;
      throw error;
    },
  );
}
