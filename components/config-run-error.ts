import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";

/** A configuration error. Pulumi prints its message without a stack trace. */
export class ConfigRunError extends RunError {
  /**
   * Makes Node.js print only the message. The SDK attaches a promise to the error, and printing that would walk the
   * heap for seconds.
   */
  [inspect.custom](): string {
    return this.message;
  }
}
