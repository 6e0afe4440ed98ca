import { type CalledRegion, callError } from "../model/aws/errors";
import { type ConfigError, UserError } from "../model/user-error";

interface Outcomes {
  /** Error if the account has no matching resource. */
  readonly none?: ConfigError;
  /** Error if it has more than one. */
  readonly several?: ConfigError;
  readonly region?: CalledRegion;
}

/** Awaits a call to AWS. @throws UserError with what is wrong in the account or with the call */
export async function ask<T>(asked: Promise<T>, { none, several, region }: Outcomes): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (none && /no matching|no results|couldn't find resource/i.test(text)) throw new UserError([none]);
    if (several && /multiple .* matched/i.test(text)) throw new UserError([several]);
    throw new UserError([callError(text, region)]);
  }
}
