import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";

/** A configuration error. The engine prints its message without a stack trace. */
export class ConfigRunError extends RunError {
  /** Returns only the message. The SDK attaches a promise, so inspecting the error would walk the heap for seconds. */
  [inspect.custom](): string {
    return this.message;
  }
}
