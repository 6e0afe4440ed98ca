import { sanitizeText } from "../sanitize";

/** Thrown if a command fails or can't be started. `output` is the end of what it printed. */
export class CommandFailure extends Error {
  constructor(
    readonly command: string,
    readonly output: string,
  ) {
    super(sanitizeText(`${command}: ${output}`));
    this.name = "CommandFailure";
  }
}
