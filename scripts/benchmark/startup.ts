import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { envNames } from "../../model/settings/secrets";
import { projectFolder, typescriptOption } from "../../stacks/env";
import { freshSecrets, type NeededSecret } from "../lib/secret-file";
import { pathWith, type Tools } from "../toolchain/index";
import { thisMachine } from "../toolchain/machine";
import type { Preview } from "./preview-times";

const loader = typescriptOption.split(" ");
const sides = {
  ours: { nodeArgs: loader, program: join(projectFolder, "stacks/program.ts") },
  empty: { nodeArgs: [], program: join(__dirname, "empty.cjs") },
} as const;

type Side = keyof typeof sides;

/**
 * Measures the milliseconds from the start of a process until Pulumi's engine receives the program's first resource.
 * This program and an empty one in plain JavaScript alternate for `rounds` rounds, after one warm-up round.
 */
export async function measureStartup(
  tools: Tools,
  rounds: number,
  progress: (line: string) => void,
): Promise<Readonly<Record<Side, readonly number[]>>> {
  const folder = mkdtempSync(join(tmpdir(), "livekit-stack-benchmark-"));
  try {
    prepare(folder);
    const measured: Record<Side, number[]> = { ours: [], empty: [] };
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
      for (const side of ["ours", "empty"] as const) {
        const ms = await previewOnce(side, folder, tools);
        if (round > 0) measured[side].push(ms);
      }
    }
    return measured;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Creates a separate project with fresh secrets, so that the measurement does not depend on this machine's stacks. */
function prepare(folder: string): void {
  cpSync(join(projectFolder, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  const secrets = Object.entries(freshSecrets()).map(([key, value]) => `${envNames[key as NeededSecret]}=${value}\n`);
  writeFileSync(join(folder, ".env"), secrets.join(""));
}

async function previewOnce(side: Side, folder: string, { pulumi, pluginPath }: Tools): Promise<number> {
  const { nodeArgs, program } = sides[side];
  const args = [...nodeArgs, join(__dirname, "preview.cjs"), folder, side, program];
  const stdout = await thisMachine.run(process.execPath, args, {
    cwd: projectFolder,
    env: {
      LIVEKIT_STACK_HOME: folder,
      PATH: pathWith(pulumi, pluginPath, process.env["PATH"] ?? ""),
      PULUMI_BACKEND_URL: pathToFileURL(folder).href,
      PULUMI_CONFIG_PASSPHRASE: "of the benchmark",
    },
  });
  return (JSON.parse(stdout) as Preview).firstMs;
}
