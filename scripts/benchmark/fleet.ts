import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigMap, Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { awsRegions } from "../../model/aws/regions";
import { projectFolder, typescriptOption } from "../../stacks/env";
import type { EngineTools } from "../lib/engine";
import { Rehearsal } from "../rehearsal/rehearsal";
import { type Override, Workspace } from "../rehearsal/workspace";
import { thisMachine } from "../toolchain/machine";
import type { RehearsalTools } from "../toolchain/rehearsal";
import type { Preview } from "./preview-times";
import { type Process, watchFamily } from "./processes";

/** The smallest and the largest stack on AWS: number of regions, and of nodes in each region. */
export const fleetSizes = { smallest: { regions: 1, nodes: 1 }, largest: { regions: 8, nodes: 16 } } as const;

/** Times of one preview, and the processes of its program, engine and plugins at the memory peak. */
export interface FleetPreview extends Preview {
  readonly processes: readonly Process[];
}

export type FleetSize = keyof typeof fleetSizes;

const stack = "prod";

/**
 * Previews the production program at both sizes, without a deployment. The sizes alternate for `rounds` rounds, after
 * one warm-up round that is not measured. A simulated AWS account keeps AWS latency out of the result.
 */
export async function measureFleets(
  tools: RehearsalTools & EngineTools,
  rounds: number,
  progress: (line: string) => void,
): Promise<Readonly<Record<FleetSize, readonly FleetPreview[]>>> {
  const parent = mkdtempSync(join(tmpdir(), "livekit-stack-benchmark-"));
  const measured: Record<FleetSize, FleetPreview[]> = { smallest: [], largest: [] };
  try {
    progress("starting the AWS simulator");
    const overrides = overridesOf("largest");
    const rehearsal = await Rehearsal.start({
      workspace: Workspace.of(stack, parent),
      tools,
      machine: thisMachine,
      overrides,
    });
    try {
      const opened = await rehearsal.open();
      for (let round = 0; round <= rounds; round++) {
        progress(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
        for (const size of ["smallest", "largest"] as const) {
          const preview = await previewOnce(rehearsal, opened, size);
          if (round > 0) measured[size].push(preview);
        }
      }
    } finally {
      await rehearsal.remove();
    }
    return measured;
  } finally {
    rmSync(parent, { recursive: true });
  }
}

/** Returns the settings with which the production example has this number of regions and nodes. */
function settingsOf(size: FleetSize): Readonly<Record<string, unknown>> {
  const { regions, nodes } = fleetSizes[size];
  const several = regions * nodes > 1;
  return {
    regions: Object.keys(awsRegions)
      .filter((name) => /^(eu|us)-/.test(name))
      .slice(0, regions)
      .map((name, i) => ({ name, nodes, primary: i === 0, cidr: `10.${i}.0.0/16`, instanceType: "c7i.large" })),
    redis: { mode: several ? "elasticache" : "node" },
    loadBalancer: several ? "nlb" : "none",
  };
}

const overridesOf = (size: FleetSize): Override[] =>
  Object.entries(settingsOf(size)).map(([key, value]) => ({ path: [`livekit:${key}`], value, why: "another size" }));

const configOf = (size: FleetSize): ConfigMap =>
  Object.fromEntries(
    Object.entries(settingsOf(size)).map(([key, value]) => [
      `livekit:${key}`,
      { value: typeof value === "string" ? value : JSON.stringify(value) },
    ]),
  );

async function previewOnce(
  { workspace, environment }: Rehearsal,
  opened: Stack,
  size: FleetSize,
): Promise<FleetPreview> {
  await opened.setAllConfig(configOf(size));
  const program = [join(__dirname, "preview.cjs"), workspace.folder, stack, join(projectFolder, "stacks/program.ts")];
  const running = execa(process.execPath, [...typescriptOption.split(" "), ...program], {
    cwd: projectFolder,
    env: { ...environment },
  });
  const [{ stdout }, processes] = await Promise.all([running, watchFamily(running.pid ?? 0, running)]);
  return { ...(JSON.parse(stdout) as Preview), processes };
}
