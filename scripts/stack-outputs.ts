import { existsSync, readFileSync } from "node:fs";
import type { OutputMap } from "@pulumi/pulumi/automation";
import Dockerode from "dockerode";
import { type Outputs, outputNames } from "../model/outputs";
import { authorityFile } from "./authority-file";
import { openStack } from "./engine";
import type { SmokeTarget } from "./smoke/index";
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

/** The smoke test's target for a stack that is up. @throws Refusal when it is not */
export async function stackTarget(name: string): Promise<SmokeTarget> {
  return smokeTarget(await stackOutputs(name));
}

/** The smoke test's target from a local stack's outputs. */
export function smokeTarget(outputs: Outputs, docker = new Dockerode()): SmokeTarget {
  const { url, secureUrl, apiKey, apiSecret, address, namePrefix, servers } = outputs;
  const coturn = docker.getContainer(`${namePrefix}-coturn`);
  return {
    url,
    secureUrl,
    apiKey,
    apiSecret,
    connectAddress: address,
    ...(servers !== "1" && { unavailable: { tcp: "one of several servers has the port; a room may be on another" } }),
    ...(existsSync(authorityFile) && { ca: readFileSync(authorityFile, "utf8") }),
    relayLog: async (sinceEpochMs) => {
      const log = await coturn.logs({ stdout: true, stderr: true, since: Math.floor(sinceEpochMs / 1000) });
      return log.toString("utf8");
    },
  };
}
