import * as pulumi from "@pulumi/pulumi";
import { ConfigRunError } from "../components/config-run-error";
import { nameStack } from "../model/stack-commands";
import type { UserError } from "../model/user-error";
import type { AwsStackOutputs } from "./aws";
import { callPage } from "./call-page";
import { readConfiguration, readProviderSettings } from "./configuration";
import { findHost } from "./host";
import { localStack, type StackOutputs } from "./local";

/**
 * Runs the whole program: reads the settings, then creates the target's resources. `pulumi up` and `npm start` share
 * it.
 */
export async function program(): Promise<StackOutputs | AwsStackOutputs> {
  try {
    const { settings, secrets, machineFacts } = readConfiguration();
    if (settings.target === "aws") {
      // Loads the AWS modules only for this target: they take half a second, which would slow down local starts.
      const { awsStack } = require("./aws") as typeof import("./aws");
      return await awsStack(settings, secrets, readProviderSettings());
    }
    return localStack(settings, secrets, await findHost(machineFacts), await callPage());
  } catch (error) {
    const described = describe(error);
    throw described ? new ConfigRunError(nameStack(pulumi.getStack(), described.message)) : error;
  }
}

/**
 * Describes an error for the user. Loads the required modules only after an error: a successful run does not need them.
 */
function describe(error: unknown): UserError | undefined {
  const { describeError } =
    require("../model/errors/describe-error") as typeof import("../model/errors/describe-error");
  const { errorContext } = require("./error-context") as typeof import("./error-context");
  return describeError(error, errorContext());
}
