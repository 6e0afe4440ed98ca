import { randomBytes } from "node:crypto";
import { type AwsPlan, planAws } from "../../model/aws/plan";
import { type Fleet, planLocalFleet } from "../../model/fleet";
import { type Configuration, parseConfiguration } from "../../model/settings/parse";
import { keySpecs, type SecretKey } from "../../model/settings/schema";
import type { SecretTexts } from "../../model/settings/secrets";
import { nameStack } from "../../model/stack-commands";
import { cannot, UserError } from "../../model/user-error";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { freshSecrets } from "./secret-file";
import { readStackFile } from "./stack-file";

/**
 * Loads a local stack's settings and plan from its file and `.env`, without starting the engine.
 * @param secrets placeholders that replace the secrets of the file and `.env`
 * @throws UserError with all errors in them, or if the stack is on AWS
 */
export async function planFromFile(
  stack: string,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Configuration & { readonly fleet: Fleet }> {
  if (isOnAws(stack)) {
    throw cannot(
      `stack ${stack}`,
      "the stack is on AWS, but this command is only for stacks on this machine",
      "For stacks on AWS, see docs/aws.md",
    );
  }
  const configuration = configurationFromFile(stack, secrets);
  return { ...configuration, fleet: planLocalFleet(configuration.settings, await findHost(readEnv().machineFacts)) };
}

/**
 * Loads the plan of a stack on AWS from its file, without starting the engine.
 * @param secrets replace the secrets in the file
 * @param path replaces the path of the stack's own file
 * @throws UserError with all errors in the file, or if the stack is a local one
 */
export function awsPlanFromFile(stack: string, secrets: Readonly<Record<string, string>> = {}, path?: string): AwsPlan {
  if (!isOnAws(stack)) {
    throw cannot(
      `stack ${stack}`,
      "the stack is on this machine, but this command is only for stacks on AWS",
      "Choose a stack on AWS with --stack",
    );
  }
  return planAws(configurationFromFile(stack, secrets, path).settings);
}

/** Returns a placeholder for each secret that the stack lacks, for plans that do not depend on secrets. */
export function placeholderSecrets(stack: string): Record<string, string> {
  const { config } = readStackFile(stack);
  const env: SecretTexts = isOnAws(stack) ? {} : readEnv().secrets;
  const needed = Object.entries(freshSecrets(isMonitored(stack))) as [SecretKey, string][];
  return Object.fromEntries(needed.filter(([key]) => !config[`livekit:${key}`] && env[key] === undefined));
}

/** Reports whether a stack's file targets AWS, even if other settings in it are invalid. */
export function isOnAws(stack: string): boolean {
  return readStackFile(stack).config["livekit:target"] === "aws";
}

/** Reports whether a stack is a local one with monitoring, even if other settings in its file are invalid. */
export function isMonitored(stack: string): boolean {
  return (
    !isOnAws(stack) && text(readStackFile(stack).config["livekit:monitoring"] ?? keySpecs.monitoring.default) === "true"
  );
}

/** Reports whether a stack's file has a value that only the engine can decrypt. */
export function hasEncrypted(stack: string): boolean {
  return Object.values(readStackFile(stack).config).some(isEncrypted);
}

/**
 * Returns a stack file's `aws:profile`, which Pulumi's provider uses too. Undefined means the environment's profile.
 */
export function awsProfile(stack: string): string | undefined {
  const profile = readStackFile(stack).document.getIn(["config", "aws:profile"]);
  return typeof profile === "string" ? profile : undefined;
}

/** Returns the prefix of a stack's container and volume names, even if other settings are invalid. */
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
  return withStackInFixes(stack, () =>
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

/** Adds the stack's name to the fixes in errors: the code that validates settings does not have the stack's name. */
export function withStackInFixes<Result>(stack: string, read: () => Result): Result {
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

/**
 * Returns a valid placeholder for an encrypted value. Validation can't read the value itself: only Pulumi's engine can
 * decrypt it.
 */
function unread(): string {
  return randomBytes(32).toString("hex");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
