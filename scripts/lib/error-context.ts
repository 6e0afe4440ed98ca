import type { ErrorContext } from "../../model/errors/describe-error";
import { errorContext } from "../../stacks/error-context";
import { passphraseError } from "./passphrase";

/** Returns the facts that descriptions of errors of a command for this stack need. */
export function commandErrorContext(stack: string): ErrorContext {
  return { ...errorContext(), wrongPassphrase: () => passphraseError(stack) };
}
