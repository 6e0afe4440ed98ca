import { existsSync } from "node:fs";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { type AwsOutputs, awsOutputNames, type Outputs, outputNames } from "../../model/outputs";
import { cannot, type UserError } from "../../model/user-error";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePulumi } from "../toolchain/pulumi";
import { stateFile } from "./backend";
import { bringUp } from "./cli";
import { openStack } from "./engine";
import { isOnAws } from "./load-stack";
import { bypassProxy } from "./proxy";
import { notifyIfSlow } from "./slow-notice";
import { readStackFile } from "./stack-file";
import { stateFormats } from "./state-format";

/** Reads a stack's outputs through the engine. @throws UserError if the stack is not up */
export async function stackOutputs(name: string): Promise<Outputs> {
  return plainOutputs(name, await allOutputs(name));
}

/** Like {@link stackOutputs}, for a stack on AWS. */
export async function awsStackOutputs(name: string): Promise<AwsOutputs> {
  const outputs = await allOutputs(name);
  const signingKey = outputs["signingKey"]?.value;
  return { ...pick(name, outputs, awsOutputNames), ...(typeof signingKey === "string" && { signingKey }) };
}

/**
 * Returns the API key that a stack accepts; undefined if the stack is not up.
 * @throws UserError if the outputs can't be read
 */
export async function apiKeyInForce(name: string): Promise<string | undefined> {
  if (neverUp(name)) return undefined;
  const value = (await allOutputs(name))["apiKey"]?.value;
  return typeof value === "string" ? value : undefined;
}

async function allOutputs(name: string): Promise<OutputMap> {
  readStackFile(name);
  // This check comes first, because the installation of the engine's tools may take minutes.
  if (neverUp(name)) throw notUp(name);
  const pulumi = await ensurePulumi(thisMachine, toStandardError);
  return notifyIfSlow(
    `Reading the outputs of stack ${name} from Pulumi`,
    openStack(name, { pulumi }).then((stack) => stack.outputs()),
  );
}

/** Reports whether a stack has certainly never been up. Can be true only if states are kept on this machine. */
function neverUp(name: string): boolean {
  const state = stateFile(name);
  return state !== undefined && !stateFormats(state).some(existsSync);
}

/** Returns the outputs' values. @throws UserError if one is missing, for example because the stack is not up */
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
  return cannot(`stack ${stack}`, "the stack is not up", `Bring it up with: ${bringUp(stack, isOnAws(stack))}`);
}
