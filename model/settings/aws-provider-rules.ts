import type { ConfigError } from "../user-error";

const aProfile =
  "set the profile that has the credentials or the role (role_arn, source_profile), for example: pulumi config set aws:profile default";
const variable = (name: string) =>
  `set the environment variable ${name}, which the provider and the aws command both read`;

/**
 * AWS provider settings that the aws command does not read, each with a setting that both provider and command read.
 */
const unknownToCommand: Readonly<Record<string, string>> = {
  accessKey: aProfile,
  assumeRoles: aProfile,
  assumeRoleWithWebIdentity: aProfile,
  secretKey: aProfile,
  token: aProfile,
  customCaBundle: variable("AWS_CA_BUNDLE"),
  ec2MetadataServiceEndpoint: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
  ec2MetadataServiceEndpointMode: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
  endpoints: variable("AWS_ENDPOINT_URL"),
  httpProxy: variable("HTTP_PROXY"),
  httpsProxy: variable("HTTPS_PROXY"),
  noProxy: variable("NO_PROXY"),
  sharedConfigFiles: variable("AWS_CONFIG_FILE"),
  sharedCredentialsFiles: variable("AWS_SHARED_CREDENTIALS_FILE"),
  useDualstackEndpoint: variable("AWS_USE_DUALSTACK_ENDPOINT"),
  useFipsEndpoint: variable("AWS_USE_FIPS_ENDPOINT"),
};

/**
 * Rejects `aws:` keys that only the provider reads. The aws command, which updates and drains nodes, ignores these keys
 * and would use other credentials or another account. Both read `aws:profile`. Values may be secret, so the errors
 * contain no values.
 */
export function providerErrors(provider: Readonly<Record<string, unknown>>): ConfigError[] {
  return Object.keys(provider).flatMap((name) => {
    const instead = unknownToCommand[name];
    if (instead === undefined) return [];
    return [
      {
        key: `aws:${name}`,
        rule: "this key must not be set: the AWS provider uses this setting, but the AWS CLI, which updates and drains nodes, ignores it",
        fix: `Remove it with: pulumi config rm aws:${name}, and ${instead}`,
      },
    ];
  });
}
