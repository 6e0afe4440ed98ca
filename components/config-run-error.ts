import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";

/** A mistake in the configuration: the engine prints its message without a stack trace. */
export class ConfigRunError extends RunError {
  /** The SDK attaches a promise, with it everything that the program has in memory, and inspects the error: seconds of work. */
  [inspect.custom](): string {
    return this.message;
  }
}
