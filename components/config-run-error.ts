import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";

/** A configuration error. The engine prints its message without a stack trace. */
export class ConfigRunError extends RunError {
  /**
   * Returns the message only. The SDK attaches a promise that leads to all objects in memory; to inspect it takes
   * seconds.
   */
  [inspect.custom](): string {
    return this.message;
  }
}
