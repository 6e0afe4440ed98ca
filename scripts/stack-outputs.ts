import { existsSync, readFileSync } from "node:fs";
import type { OutputMap } from "@pulumi/pulumi/automation";
import Dockerode from "dockerode";
import { authorityFile } from "./authority-file";
import { openStack } from "./engine";
import type { SmokeTarget } from "./smoke/index";
import { cannot, thisMachine } from "./tools/machine";
import { ensurePulumi } from "./tools/pulumi";

/** The smoke test's target for a stack that is up. @throws Refusal when it is not */
export async function stackTarget(name: string): Promise<SmokeTarget> {
  const stack = await openStack(name, { pulumi: await ensurePulumi(thisMachine, () => {}) });
  return localTarget(name, await stack.outputs());
}

/** The smoke test's target from a local stack's outputs. */
export function localTarget(name: string, outputs: OutputMap, docker = new Dockerode()): SmokeTarget {
  const output = (key: string): string => {
    const value = outputs[key]?.value;
    if (typeof value === "string") return value;
    throw cannot(`stack ${name}`, "it is not up", "Bring it up with: npm start");
  };
  const coturn = docker.getContainer(`${output("namePrefix")}-coturn`);
  return {
    url: output("url"),
    secureUrl: output("secureUrl"),
    apiKey: output("apiKey"),
    apiSecret: output("apiSecret"),
    connectAddress: output("address"),
    ...(existsSync(authorityFile) && { ca: readFileSync(authorityFile, "utf8") }),
    relayLog: async (sinceEpochMs) => {
      const log = await coturn.logs({ stdout: true, stderr: true, since: Math.floor(sinceEpochMs / 1000) });
      return log.toString("utf8");
    },
  };
}
