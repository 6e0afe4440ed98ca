import { randomBytes } from "node:crypto";
import { type AwsPlan, planAws } from "../../model/aws/plan";
import { type Fleet, planLocalFleet } from "../../model/fleet";
import { type Configuration, parseConfiguration } from "../../model/settings/parse";
import { keySpecs, secretKeys } from "../../model/settings/schema";
import { nameStack } from "../../model/stack-commands";
import { UserError } from "../../model/user-error";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { cannot } from "../toolchain/machine";
import { readStackFile } from "./stack-file";

/**
 * Settings and plan of a local stack as its file and `.env` have them, without starting the engine.
 * @param secrets stand-ins for those of the file and `.env`
 * @throws Refusal with everything that is wrong with them, or where the stack is on AWS
 */
export async function planFromFile(
  stack: string,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Configuration & { readonly fleet: Fleet }> {
  if (isOnAws(stack)) {
    throw cannot(`stack ${stack}`, "is on AWS, and this is for stacks on this machine", "See docs/aws.md");
  }
  const configuration = configurationFromFile(stack, secrets);
  return { ...configuration, fleet: planLocalFleet(configuration.settings, await findHost(readEnv().machineFacts)) };
}

/**
 * Plan of a stack on AWS as its file has it, without starting the engine.
 * @param secrets in place of those of the file
 * @param path in place of the stack's own file
 * @throws Refusal with everything that is wrong with it, or where the stack is a local one
 */
export function awsPlanFromFile(stack: string, secrets: Readonly<Record<string, string>> = {}, path?: string): AwsPlan {
  if (!isOnAws(stack)) {
    throw cannot(`stack ${stack}`, "is on this machine, and this is for stacks on AWS", "Name another with --stack");
  }
  return planAws(configurationFromFile(stack, secrets, path).settings);
}

/** A secret for each that the stack has not yet, for what comes before them and does not depend on any. */
export function placeholderSecrets(stack: string): Record<string, string> {
  const { config } = readStackFile(stack);
  const env = isOnAws(stack) ? {} : readEnv().secrets;
  const missing = secretKeys.filter(
    (key) => !key.startsWith("previous") && !config[`livekit:${key}`] && env[key] === undefined,
  );
  return Object.fromEntries(missing.map((key) => [key, randomBytes(32).toString("hex")]));
}

/** Whether a stack's file says so, whatever else may be wrong with it. */
export function isOnAws(stack: string): boolean {
  return readStackFile(stack).config["livekit:target"] === "aws";
}

/** Whether a stack is a local one with monitoring, whatever else may be wrong with its file. */
export function isMonitored(stack: string): boolean {
  return (
    !isOnAws(stack) && text(readStackFile(stack).config["livekit:monitoring"] ?? keySpecs.monitoring.default) === "true"
  );
}

/** Whether a stack's file has a value that only the engine reads. */
export function hasEncrypted(stack: string): boolean {
  return Object.values(readStackFile(stack).config).some(isEncrypted);
}

/** The AWS profile in a stack's file, by which its provider asks as well. Undefined: what the environment says. */
export function awsProfile(stack: string): string | undefined {
  const profile = readStackFile(stack).document.getIn(["config", "aws:profile"]);
  return typeof profile === "string" ? profile : undefined;
}

/** What the names of a stack's containers and volumes begin with, whatever else may be wrong with its settings. */
export function namePrefix(stack: string): string {
  return text(readStackFile(stack).config["livekit:namePrefix"] || keySpecs.namePrefix.default);
}

function configurationFromFile(
  stack: string,
  secrets: Readonly<Record<string, string>> = {},
  path?: string,
): Configuration {
  const file = readStackFile(stack, path);
  const entries = Object.entries(file.config).map(([key, value]) => [key.slice("livekit:".length), value] as const);
  const encrypted = new Set([
    ...entries.filter(([, value]) => isEncrypted(value)).map(([key]) => key),
    ...Object.keys(secrets),
  ]);
  return refusingFor(stack, () =>
    parseConfiguration({
      values: {
        ...Object.fromEntries(entries.map(([key, value]) => [key, isEncrypted(value) ? unread() : text(value)])),
        ...secrets,
      },
      encrypted,
      unread: encrypted,
      env: readEnv().secrets,
    }),
  );
}

/** The settings don't know which stack is theirs, and what fixes them has to name it. */
export function refusingFor<Result>(stack: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.errors.map((error) => ({ ...error, fix: nameStack(stack, error.fix) })));
  }
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** Only the engine reads an encrypted value, and validates it: here it counts as valid. */
function unread(): string {
  return randomBytes(32).toString("hex");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
