import { ensureBrowser } from "../toolchain/browser";
import { ensureDockerProvider } from "../toolchain/docker-provider";
import { ensureTools, pathWith } from "../toolchain/index";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensureRehearsal, rehearsalObstacle } from "../toolchain/rehearsal";
import type { TestKind } from "./kinds";

/** What tests need of this machine: installs what is missing and returns the variables that lead to it. */
export async function ensureTestTools(kinds: readonly TestKind[]): Promise<Record<string, string>> {
  const { pulumi, pluginPath, dockerHost } = await ensureTools({ renderer: "simple", images: {} }).run();
  if (kinds.some(({ name }) => name === "local")) await ensureBrowser(thisMachine, toStandardError);
  if (kinds.some(({ name }) => name === "providers")) await ensureDockerProvider(thisMachine, toStandardError);
  if (kinds.some(({ needs }) => needs === "simulator")) await ensureSimulator();
  return {
    PATH: pathWith(pulumi, pluginPath, process.env["PATH"] ?? ""),
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
}

/** Where there can be none, the tests that need one say so. */
async function ensureSimulator(): Promise<void> {
  if (rehearsalObstacle(thisMachine)) return;
  await ensureRehearsal(thisMachine, (line, from) => toStandardError(`Images of the simulated AWS: ${line}`, from));
}
