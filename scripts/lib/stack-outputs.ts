import { existsSync } from "node:fs";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { type AwsOutputs, awsOutputNames, type Outputs, outputNames } from "../../model/outputs";
import type { UserError } from "../../model/user-error";
import { cannot, thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePulumi } from "../toolchain/pulumi";
import { stateFile } from "./backend";
import { bringUp } from "./cli";
import { openStack } from "./engine";
import { isOnAws } from "./load-stack";
import { bypassProxy } from "./proxy";
import { notifyIfSlow } from "./slow-notice";
import { readStackFile } from "./stack-file";

/** Asks the engine for a stack's outputs. @throws Refusal when the stack is not up */
export async function stackOutputs(name: string): Promise<Outputs> {
  return plainOutputs(name, await allOutputs(name));
}

/** As {@link stackOutputs}, of a stack on AWS. */
export async function awsStackOutputs(name: string): Promise<AwsOutputs> {
  return pick(name, await allOutputs(name), awsOutputNames);
}

/** The API key that a stack takes. Undefined where it is not up. @throws Refusal where that can't be found out */
export async function apiKeyInForce(name: string): Promise<string | undefined> {
  if (neverUp(name)) return undefined;
  const value = (await allOutputs(name))["apiKey"]?.value;
  return typeof value === "string" ? value : undefined;
}

async function allOutputs(name: string): Promise<OutputMap> {
  readStackFile(name);
  // Said before anything is made for it: the engine's tools may take minutes.
  if (neverUp(name)) throw notUp(name);
  const pulumi = await ensurePulumi(thisMachine, toStandardError);
  return notifyIfSlow(
    `Asking Pulumi for the outputs of stack ${name}`,
    openStack(name, { pulumi }).then((stack) => stack.outputs()),
  );
}

/** Only of a state on this machine is it known without the engine. */
function neverUp(name: string): boolean {
  const state = stateFile(name);
  return state !== undefined && ![state, `${state}.gz`].some(existsSync);
}

/** The outputs' values. @throws Refusal when one is missing, as of a stack that is not up */
export function plainOutputs(stack: string, outputs: OutputMap): Outputs {
  return pick(stack, outputs, outputNames);
}

function pick<Key extends string>(stack: string, outputs: OutputMap, names: readonly Key[]): Record<Key, string> {
  if (names.some((key) => typeof outputs[key]?.value !== "string")) throw notUp(stack);
  const values = Object.fromEntries(names.map((key) => [key, outputs[key]?.value])) as Record<Key, string>;
  bypassProxy(stackHosts(values));
  return values;
}

function stackHosts({ url = "", secureUrl = "", address = "", turnHost = "" }: Partial<Outputs>): string[] {
  const names = [url, secureUrl].filter((text) => URL.canParse(text)).map((text) => new URL(text).hostname);
  return [...names, address, turnHost];
}

function notUp(stack: string): UserError {
  return cannot(`stack ${stack}`, "it is not up", `Bring it up with: ${bringUp(stack, isOnAws(stack))}`);
}
