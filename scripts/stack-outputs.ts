import { existsSync, readFileSync } from "node:fs";
import type { OutputMap } from "@pulumi/pulumi/automation";
import Dockerode from "dockerode";
import type { StackOutputs } from "../stacks/outputs";
import { authorityFile } from "./authority-file";
import { openStack } from "./engine";
import type { SmokeTarget } from "./smoke/index";
import { cannot, thisMachine } from "./tools/machine";
import { ensurePulumi } from "./tools/pulumi";

/** A local stack's outputs, secrets included. */
export type LocalOutputs = Readonly<Record<(typeof outputNames)[number], string>>;

const outputNames = [
  "url",
  "secureUrl",
  "address",
  "apiKey",
  "apiSecret",
  "turnSecret",
  "turnHost",
  "namePrefix",
  "servers",
] as const satisfies readonly (keyof StackOutputs)[];

/** Asks the engine for a stack's outputs. @throws Refusal when the stack is not up */
export async function localOutputs(name: string): Promise<LocalOutputs> {
  const stack = await openStack(name, { pulumi: await ensurePulumi(thisMachine, () => {}) });
  return plainOutputs(name, await stack.outputs());
}

/** The outputs' values. @throws Refusal when one is missing, as of a stack that is not up */
export function plainOutputs(stack: string, outputs: OutputMap): LocalOutputs {
  if (outputNames.some((key) => typeof outputs[key]?.value !== "string")) {
    throw cannot(`stack ${stack}`, "it is not up", "Bring it up with: npm start");
  }
  return Object.fromEntries(outputNames.map((key) => [key, outputs[key]?.value])) as LocalOutputs;
}

/** The smoke test's target for a stack that is up. @throws Refusal when it is not */
export async function stackTarget(name: string): Promise<SmokeTarget> {
  return smokeTarget(await localOutputs(name));
}

/** The smoke test's target from a local stack's outputs. */
export function smokeTarget(outputs: LocalOutputs, docker = new Dockerode()): SmokeTarget {
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
