import { type CalledRegion, callFault } from "../model/aws/errors";
import { type Fault, Refusal } from "../model/fault";

interface Outcomes {
  /** What is wrong where the account has nothing of the kind. */
  readonly none?: Fault;
  /** Where it has more than one. */
  readonly several?: Fault;
  readonly region?: CalledRegion;
}

/** @throws Refusal with what is wrong: in the account, or with the call */
export async function ask<T>(asked: Promise<T>, { none, several, region }: Outcomes): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (none && /no matching|no results|couldn't find resource/i.test(text)) throw new Refusal([none]);
    if (several && /multiple .* matched/i.test(text)) throw new Refusal([several]);
    throw new Refusal([callFault(text, region)]);
  }
}
