import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../model/fault";
import { readConfiguration } from "./configuration";
import { findHost } from "./host";
import { localStack, type StackOutputs } from "./local";

/** The whole program: settings, then the target's resources. The same for `pulumi up` and for `npm start`. */
export async function program(): Promise<StackOutputs> {
  try {
    const { settings, secrets, machineFacts } = readConfiguration();
    return localStack(settings, secrets, await findHost(machineFacts));
  } catch (error) {
    // A RunError is shown without a stack trace: the mistake is in the configuration, not in the program.
    throw error instanceof Refusal ? new pulumi.RunError(error.message) : error;
  }
}
