import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import type { Provider } from "@pulumi/aws/provider";
import { type CalledRegion, callError, deniedAction } from "../model/aws/errors";
import { type ConfigError, UserError } from "../model/user-error";

interface Outcomes {
  /** Error if the account has no matching resource. */
  readonly none?: ConfigError;
  /** Error if the account has several matching resources. */
  readonly several?: ConfigError;
  readonly region?: CalledRegion;
}

/** A call that a policy of the credentials or of their organization denies. */
export class DeniedError extends UserError {
  /** @param action the denied action, such as `ec2:DescribeVpcs` */
  constructor(
    readonly action: string,
    error: ConfigError,
  ) {
    super([error]);
  }
}

/**
 * Awaits a call to AWS. @throws UserError if the account has no matching resource or several, or if the call fails;
 * DeniedError if a policy denies the call
 */
export async function ask<T>(call: Promise<T>, { none, several, region }: Outcomes): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (none && /no matching|no results|couldn't find resource/i.test(text)) throw new UserError([none]);
    if (several && /multiple .* matched/i.test(text)) throw new UserError([several]);
    const action = deniedAction(text);
    if (action !== undefined) throw new DeniedError(action, callError(text, region));
    throw new UserError([callError(text, region)]);
  }
}

/** Returns the id of the account that the credentials belong to. This call (GetCallerIdentity) needs no permission. */
export async function readAccountId(provider: Provider): Promise<string> {
  const { accountId } = await ask(getCallerIdentity({}, { provider }), {});
  return accountId;
}
