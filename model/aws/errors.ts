import type { ConfigError } from "../user-error";

/** Region of an AWS call, and the path of the setting that contains the region. */
export interface CalledRegion {
  readonly key: string;
  readonly name: string;
}

const identity = "Show the identity of the credentials with: aws sts get-caller-identity";

/** Error codes that AWS returns in a region that the account has not enabled (AWS Account Management guide). */
const notEnabledCodes = /\b(AuthFailure|OptInRequired|InvalidClientTokenId|UnrecognizedClientException)\b/;

/**
 * Turns the error text of a failed call to Pulumi's AWS provider into an error for the user.
 * @param region undefined for a global service
 */
export function callError(text: string, region?: CalledRegion): ConfigError {
  const cause = causeOf(text);
  const action = deniedAction(text);
  if (action !== undefined) {
    const fix = `Allow this action in the policy of these credentials; examples/aws/up.json lists every action. ${identity}`;
    return { key: "AWS", rule: `these credentials may not use the action ${action}: ${cause}`, fix };
  }
  if (/SSO session has expired|SSO.*(token|session).*(expired|invalid)|refresh cached SSO token failed/i.test(cause)) {
    return {
      key: "AWS",
      rule: `the SSO session has expired: ${cause}`,
      fix: "Sign in with: aws sso login",
    };
  }
  if (/\bExpiredToken|security token .* is expired/.test(cause)) {
    return {
      key: "AWS",
      rule: `the credentials have expired: ${cause}`,
      fix: `Sign in again. ${identity}`,
    };
  }
  if (region !== undefined && notEnabledCodes.test(cause)) {
    const rule = `is not enabled in this account, or its credentials are not valid: ${cause}`;
    const fix = `Enable it with: aws account enable-region --region-name ${region.name}. ${identity}`;
    return { key: region.key, value: region.name, rule, fix };
  }
  return { key: "AWS", rule: `the AWS API cannot be called: ${cause}`, fix: identity };
}

/** Lines to drop from the AWS provider's error text, because they do not explain the failure. */
const withoutCause = [
  /^\d+ errors? occurred:$/,
  /^unable to validate AWS credentials\.?$/,
  /^Please see\b/,
  /^for more information\b/,
];
const noSource = /^No valid credential sources .*found\.?$/i;

/**
 * Extracts the cause from the error text of a failed call. Pulumi's AWS provider puts the cause below a heading (`1
 * error occurred:`), between advice and the request's ID.
 */
export function causeOf(text: string): string {
  const lines = text
    .replace(/^.*returned an error: /s, "")
    .replace(/^\s*(Make sure you have|NEW:)[\s\S]*/m, "")
    .replace(/,? https response error StatusCode: \d+, RequestID: [^,\s]*,?/g, ",")
    .split("\n")
    .map((line) => line.trim().replace(/^(invoking \S+: |\* |Details: |(AWS )?Error: )+/, ""))
    .filter((line) => line !== "" && !withoutCause.some((form) => form.test(line)));
  const causes = lines.filter((line) => !noSource.test(line));
  return (causes.length > 0 ? causes : lines).join(" ") || text.trim();
}

/**
 * Returns the action that a policy denies, such as `ec2:DescribeImages`. Undefined if the call failed for another
 * reason.
 */
export function deniedAction(text: string): string | undefined {
  const cause = causeOf(text);
  const [, named] = /not authorized to perform:? ([\w-]+:\w+)/.exec(cause) ?? [];
  if (named !== undefined) return named;
  if (!/\b(UnauthorizedOperation|AccessDenied\w*)\b/.test(cause)) return undefined;
  const [, service, operation] = /operation error ([\w ]+): (\w+)/.exec(cause) ?? [];
  return service && `${service.replaceAll(" ", "").toLowerCase()}:${operation}`;
}
