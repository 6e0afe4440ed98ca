import { callError, causeOf } from "../../../../model/aws/errors";

const region = { key: "livekit:regions[1].name", name: "ap-east-1" };

/** Renders an error as the official plugin words it. */
const invoked = (token: string, ...lines: readonly string[]) =>
  `Invocation of ${token} returned an error: invoking ${token}: 1 error occurred:\n\t* ${lines.join("\n")}\n\n`;
const images = (code: string, words: string) =>
  invoked(
    "aws:ec2/getAmi:getAmi",
    `reading EC2 AMIs: operation error EC2: DescribeImages, https response error StatusCode: 403, RequestID: 0a1b-2c, api error ${code}: ${words}`,
  );
const noSources = (cause: string) =>
  `invocation of aws:route53/getZone:getZone returned an error: unable to validate AWS credentials.
Details: no valid credential sources for Pulumi AWS Classic found.

Please see https://www.pulumi.com/registry/packages/aws/installation-configuration/
for more information about providing credentials.

AWS Error: ${cause}

Make sure you have:
     • Set your AWS region, e.g. \`pulumi config set aws:region us-west-2\``;

test("the cause of an AWS error is the line below the plugin's heading, without the request id", () => {
  const cause =
    "reading EC2 AMIs: operation error EC2: DescribeImages, api error RequestLimitExceeded: Request limit exceeded.";
  const text = images("RequestLimitExceeded", "Request limit exceeded.");
  expect(causeOf(text)).toBe(cause);
  expect(callError(text, region)).toMatchObject({ key: "AWS", rule: `the AWS API cannot be called: ${cause}` });
});

test("if credentials are missing, the cause in the error message is the SDK's error", () => {
  const cause = "failed to refresh cached credentials, no EC2 IMDS role found";
  expect(causeOf(noSources(cause))).toBe(cause);
  expect(causeOf("No valid credential sources found")).toBe("No valid credential sources found");
});

test.each([
  [
    "names the action",
    "User: arn:aws:sts::1:assumed-role/ops is not authorized to perform: ec2:DescribeImages because no identity-based policy allows it",
  ],
  ["does not name the action", "You are not authorized to perform this operation."],
])("the error names the action that AWS denies if AWS's error message %s", (_, words) => {
  const { key, rule, fix } = callError(images("UnauthorizedOperation", words), region);
  expect([key, rule]).toEqual([
    "AWS",
    expect.stringContaining("these credentials may not use the action ec2:DescribeImages: "),
  ]);
  expect(fix).toContain("examples/aws/up.json");
});

test.each([
  "failed to refresh cached credentials, the SSO session has expired or is invalid: open ~/.aws/sso/cache/1.json: no such file",
  "failed to refresh cached credentials, refresh cached SSO token failed, unable to refresh SSO token, InvalidGrantException",
])("the error about an expired SSO session suggests the command that signs in (case %#)", (cause) => {
  const { rule, fix } = callError(noSources(cause), region);
  expect([rule, fix]).toEqual([expect.stringContaining("the SSO session has expired"), "Sign in with: aws sso login"]);
});

test("the error about a region that is not enabled has the settings key of that region", () => {
  const text = images("AuthFailure", "AWS was not able to validate the provided access credentials");
  expect(callError(text, region)).toMatchObject({
    key: "livekit:regions[1].name",
    value: "ap-east-1",
    fix: expect.stringContaining("aws account enable-region --region-name ap-east-1"),
  });
  // A global service's error does not depend on a region.
  expect(callError(text)).toMatchObject({ key: "AWS" });
});
