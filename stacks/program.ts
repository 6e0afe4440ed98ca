import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../components/config-error";
import { Refusal } from "../model/fault";
import { nameStack } from "../model/stack-commands";
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
    throw error instanceof Refusal ? new ConfigError(nameStack(pulumi.getStack(), error.message)) : error;
  }
}
