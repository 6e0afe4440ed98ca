import type { OutputMap } from "@pulumi/pulumi/automation";
import { type Outputs, outputNames } from "../model/outputs";
import { openStack } from "./engine";
import { cannot, thisMachine } from "./tools/machine";
import { ensurePulumi } from "./tools/pulumi";

/** Asks the engine for a stack's outputs. @throws Refusal when the stack is not up */
export async function stackOutputs(name: string): Promise<Outputs> {
  const stack = await openStack(name, { pulumi: await ensurePulumi(thisMachine, () => {}) });
  return plainOutputs(name, await stack.outputs());
}

/** The outputs' values. @throws Refusal when one is missing, as of a stack that is not up */
export function plainOutputs(stack: string, outputs: OutputMap): Outputs {
  if (outputNames.some((key) => typeof outputs[key]?.value !== "string")) {
    throw cannot(`stack ${stack}`, "it is not up", "Bring it up with: npm start");
  }
  return Object.fromEntries(outputNames.map((key) => [key, outputs[key]?.value])) as Outputs;
}
