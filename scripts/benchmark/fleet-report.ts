import { textTable } from "../lib/table";
import { thisMachine } from "../toolchain/machine";
import { ensurePlugins } from "../toolchain/plugins";
import { ensurePulumi } from "../toolchain/pulumi";
import { ensureRehearsal } from "../toolchain/rehearsal";
import { type FleetPreview, type FleetSize, fleetSizes, measureFleets } from "./fleet";
import { residentKib } from "./processes";
import { cells, type Measured, type Summary, summary } from "./summary";

/**
 * Limits for the largest stack: its preview time divided by the smallest stack's, milliseconds per additional resource,
 * and the number of AWS plugin processes.
 */
const reach = { ratio: 2, msPerResource: 5, providers: 1 } as const;

const providerCommand = "aws.cjs";

interface Figures {
  readonly resources: number;
  readonly ms: Summary;
  /** Peak resident memory of all processes together. */
  readonly mebibytes: Summary;
  /** Number of AWS plugin processes at the memory peak. */
  readonly providers: number;
}

/** Benchmarks time and memory of `pulumi preview`, for one node and for eight regions of sixteen nodes each. */
export async function fleetBenchmark(rounds: number, progress: (line: string) => void): Promise<Measured> {
  const pulumi = await ensurePulumi(thisMachine, progress);
  const pluginPath = await ensurePlugins(pulumi, thisMachine, progress);
  const tools = { ...(await ensureRehearsal(thisMachine, progress)), pulumi, ...(pluginPath && { pluginPath }) };
  const measured = await measureFleets(tools, rounds, progress);
  const [smallest, largest] = [figuresOf(measured.smallest), figuresOf(measured.largest)];
  const ratio = largest.ms.median / smallest.ms.median;
  const msPerResource = (largest.ms.median - smallest.ms.median) / (largest.resources - smallest.resources);
  const met = {
    ratio: ratio <= reach.ratio,
    msPerResource: msPerResource <= reach.msPerResource,
    providers: largest.providers <= reach.providers,
  };
  return {
    figures: { smallest, largest, ratio, msPerResource, reach, met },
    table: [
      table({ smallest, largest }),
      `${ratio.toFixed(2)} times the smallest stack's time (target: ${reach.ratio})`,
      `${msPerResource.toFixed(2)} ms per additional resource (target: ${reach.msPerResource})`,
    ].join("\n"),
    reached: Object.values(met).every(Boolean),
  };
}

function figuresOf(previews: readonly FleetPreview[]): Figures {
  const providersOf = ({ processes }: FleetPreview) => processes.filter(({ command }) => command === providerCommand);
  const [first] = previews;
  return {
    resources: first?.resources ?? 0,
    ms: summary(previews.map(({ totalMs }) => totalMs)),
    mebibytes: summary(previews.map(({ processes }) => residentKib(processes) / 1024)),
    providers: Math.max(...previews.map((preview) => providersOf(preview).length)),
  };
}

function table(sizes: Readonly<Record<FleetSize, Figures>>): string {
  const head = ["preview", "resources", "median", "least", "most", "memory, median", "AWS plugins"];
  const rows = (["smallest", "largest"] as const).map((size) => {
    const { regions, nodes } = fleetSizes[size];
    const { resources, ms, mebibytes, providers } = sizes[size];
    const memory = `${mebibytes.median.toFixed(0)} MiB`;
    return [`${regions} x ${nodes} nodes`, resources, ...cells(ms, "ms"), memory, providers];
  });
  return textTable(head, rows);
}
