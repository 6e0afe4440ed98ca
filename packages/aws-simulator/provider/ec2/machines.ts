import { docker, failure, isNotFound } from "../../../provider-kit/docker";
import type { Call } from "../../../provider-kit/resource-type";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine, MachineOptions } from "../../network/machine";
import { containerName } from "../../network/parts";

/** What a machine boots from and is, but for its name. */
export type MachineRequest = Omit<MachineOptions, "name">;

/** A boot takes half a minute; a machine that takes longer does not hold others up for ever. */
const bootSeconds = 120;

/** The simulator on which this process makes instances. @throws where there is none, so that nothing is made */
export async function simulator(): Promise<AwsSimulator> {
  const { LIVEKIT_SIMULATOR: number, LIVEKIT_SIMULATOR_IMAGE: image } = process.env;
  if (number === undefined || image === undefined) {
    throw new Error("this stand-in is for rehearsals alone: npm run rehearse");
  }
  return AwsSimulator.find({ docker: await docker(), number: Number(number), image });
}

let booting: Promise<unknown> = Promise.resolve();

/** Starts a machine, which boots while this returns. One boots at a time: several at once would starve each other. */
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

/** The instance's machine, undefined where somebody removed it. */
export async function machineOf(instanceId: string, call: Call): Promise<Machine | undefined> {
  const found = await record(instanceId, call);
  return found && (await running(found)) !== undefined ? found : undefined;
}

/** Whether the machine is on; undefined where it is gone. */
export async function running({ containerName }: Machine): Promise<boolean | undefined> {
  try {
    return (await (await docker()).getContainer(containerName).inspect()).State.Running;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Shuts the instance's machine down in order and removes it, with what a launch left that failed. */
export async function terminate(instanceId: string, call: Call): Promise<void> {
  const machine = await record(instanceId, call);
  if (machine) {
    // Whoever interrupts a launch does not wait for what is half booted to shut down.
    if (await running(machine)) await machine.stop(call.signal.aborted ? { graceSeconds: 0 } : {});
    await machine.terminate();
  } else if ((await (await simulator()).machine(nameOf(call))) === undefined) {
    await removeRemains(nameOf(call));
  }
}

async function removeRemains(name: string): Promise<void> {
  const number = Number(process.env["LIVEKIT_SIMULATOR"]);
  const container = (await docker()).getContainer(containerName({ number }, name));
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

async function record(instanceId: string, call: Call): Promise<Machine | undefined> {
  return (await namesakes(call)).find((machine) => machine.record.instanceId === instanceId);
}

/** What the simulator knows under an instance's name: the machine, and the one that is to replace it. Either may be gone. */
export async function namesakes(call: Pick<Call, "name">): Promise<readonly Machine[]> {
  const running = await simulator();
  const known = await Promise.all([nameOf(call), secondName(call)].map((name) => running.machine(name)));
  return known.flatMap((machine) => machine ?? []);
}

/** The program's name of the instance, as people know the node: `euc1-1` of `euc1-1-instance`. */
function nameOf({ name }: Pick<Call, "name">): string {
  return name.replace(/-instance$/, "").replaceAll(/[^\w.-]/g, "-");
}

/** A new instance that is made beside the one which it replaces. */
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
