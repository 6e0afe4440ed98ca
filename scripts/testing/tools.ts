import type Dockerode from "dockerode";
import { ensureBrowser } from "../toolchain/browser";
import { ensureDockerProvider } from "../toolchain/docker-provider";
import { ensureTools, pathWith } from "../toolchain/index";
import { thisMachine } from "../toolchain/machine";
import { reportAs, toStandardError } from "../toolchain/output";
import { ensureRehearsal, rehearsalObstacle } from "../toolchain/rehearsal";
import type { TestKind } from "./kinds";

/** Result of {@link ensureTestTools}. */
interface TestTools {
  readonly docker: Dockerode;
  /** Variables with which the tests find the tools. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Installs the tools that these kinds of tests need. */
export async function ensureTestTools(kinds: readonly TestKind[]): Promise<TestTools> {
  const { docker, pulumi, pluginPath, dockerHost } = await ensureTools({ renderer: "simple", images: {} }).run();
  if (kinds.some(({ name }) => name === "local")) await ensureBrowser(thisMachine, toStandardError);
  if (kinds.some(({ name }) => name === "providers")) await ensureDockerProvider(thisMachine, toStandardError);
  if (kinds.some(({ needs }) => needs === "simulator")) await ensureSimulator();
  const environment = {
    PATH: pathWith(pulumi, pluginPath, process.env["PATH"] ?? ""),
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
  return { docker, environment };
}

/**
 * Builds the simulator's images. Does nothing if the simulator can't run on this machine: the tests that need the
 * simulator then report the reason.
 */
async function ensureSimulator(): Promise<void> {
  if (rehearsalObstacle(thisMachine)) return;
  await ensureRehearsal(thisMachine, reportAs("AWS simulator images"));
}
