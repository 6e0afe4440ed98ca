import * as pulumi from "@pulumi/pulumi";
import { ConfigRunError } from "../components/config-run-error";
import { nameStack } from "../model/stack-commands";
import type { UserError } from "../model/user-error";
import type { AwsStackOutputs } from "./aws";
import { callPage } from "./call-page";
import { readConfiguration, readProviderSettings } from "./configuration";
import { findHost } from "./host";
import { localStack, type StackOutputs } from "./local";

/** The whole program: settings, then the target's resources. The same for `pulumi up` and for `npm start`. */
export async function program(): Promise<StackOutputs | AwsStackOutputs> {
  try {
    const { settings, secrets, machineFacts } = readConfiguration();
    if (settings.target === "aws") {
      // Loaded on this way alone: it is half a second that no local start should wait.
      const { awsStack } = require("./aws") as typeof import("./aws");
      return await awsStack(settings, secrets, readProviderSettings());
    }
    return localStack(settings, secrets, await findHost(machineFacts), await callPage());
  } catch (error) {
    const described = describe(error);
    throw described ? new ConfigRunError(nameStack(pulumi.getStack(), described.message)) : error;
  }
}

/** Loaded late: a program that succeeds needs none of it. */
function describe(error: unknown): UserError | undefined {
  const { describeError } = require("../scripts/lib/describe-error") as typeof import("../scripts/lib/describe-error");
  const { errorContext } = require("../scripts/lib/error-context") as typeof import("../scripts/lib/error-context");
  return describeError(error, errorContext(pulumi.getStack()));
}
