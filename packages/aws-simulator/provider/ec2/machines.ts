import { docker, failure, isNotFound } from "../../../provider-kit/docker";
import { removeContainer } from "../../../provider-kit/remove-container";
import type { Call } from "../../../provider-kit/resource-type";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine, MachineOptions } from "../../network/machine";
import { containerName } from "../../network/parts";

/** Options of a machine, except its name. */
export type MachineRequest = Omit<MachineOptions, "name">;

/** Maximum time that the next launch waits for a boot, which usually takes half a minute. */
const bootSeconds = 120;

/**
 * Returns the simulator in which this process creates instances. @throws if there is none, so that nothing is created
 */
export async function simulator(): Promise<AwsSimulator> {
  const { LIVEKIT_SIMULATOR: number, LIVEKIT_SIMULATOR_IMAGE: image } = process.env;
  if (number === undefined || image === undefined) {
    throw new Error("this fallback AWS provider works only in rehearsals; start a rehearsal with: npm run rehearse");
  }
  return AwsSimulator.find({ docker: await docker(), number: Number(number), image });
}

let booting: Promise<unknown> = Promise.resolve();

/**
 * Starts a machine and returns before it has booted. Only one boots at a time, because several would starve each other.
 */
export function launch(request: MachineRequest, call: Call): Promise<Machine> {
  const turn = Promise.race([interrupted(call.signal), booting]).then(async () => {
    call.log("booting");
    const name = await freeName(call);
    const launched = (await simulator()).launch({ ...request, name });
    return launched.catch((error: unknown) => {
      throw failure(`Unable to boot ${name} from ${request.image}`, error);
    });
  });
  const booted = turn.then((machine) => machine.booted(bootSeconds)).catch(() => undefined);
  booting = Promise.all([booting, booted]);
  return turn;
}

/** Returns the instance's machine, or undefined if its container was removed. */
export async function machineOf(instanceId: string, call: Call): Promise<Machine | undefined> {
  const found = await record(instanceId, call);
  return found && (await running(found)) !== undefined ? found : undefined;
}

/** Reports whether the machine is running; undefined if its container was removed. */
export async function running({ containerName }: Machine): Promise<boolean | undefined> {
  try {
    return (await (await docker()).getContainer(containerName).inspect()).State.Running;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Shuts down the instance's machine gracefully and removes it, along with remains of a failed launch. */
export async function terminate(instanceId: string, call: Call): Promise<void> {
  const machine = await record(instanceId, call);
  if (machine) {
    // If the user interrupts a launch, don't wait for a graceful shutdown.
    if (await running(machine)) await machine.stop(call.signal.aborted ? { graceSeconds: 0 } : {});
    await machine.terminate();
  } else if ((await (await simulator()).machine(nameOf(call))) === undefined) {
    await removeRemains(nameOf(call));
  }
}

async function removeRemains(name: string): Promise<void> {
  const number = Number(process.env["LIVEKIT_SIMULATOR"]);
  await removeContainer((await docker()).getContainer(containerName({ number }, name)));
}

async function record(instanceId: string, call: Call): Promise<Machine | undefined> {
  return (await namesakes(call)).find((machine) => machine.record.instanceId === instanceId);
}

/** Returns the machines with the instance's name: the machine and its replacement, if they exist. */
export async function namesakes(call: Pick<Call, "name">): Promise<readonly Machine[]> {
  const running = await simulator();
  const known = await Promise.all([nameOf(call), secondName(call)].map((name) => running.machine(name)));
  return known.flatMap((machine) => machine ?? []);
}

/** Returns the node's name from the resource's name: `euc1-1` for `euc1-1-instance`. */
function nameOf({ name }: Pick<Call, "name">): string {
  return name.replace(/-instance$/, "").replaceAll(/[^\w.-]/g, "-");
}

/** Name of a replacement that runs beside the old instance. */
const secondName = (call: Pick<Call, "name">) => `${nameOf(call)}-new`;

async function freeName(call: Call): Promise<string> {
  return (await (await simulator()).machine(nameOf(call))) ? secondName(call) : nameOf(call);
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
