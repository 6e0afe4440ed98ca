import type { Properties } from "../../provider-kit/values";

/** What the provider is told of the account that it works in. */
interface Configuration {
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/** Keys of the official provider that choose credentials: every credential does for a simulated account. */
const credentialKeys = [
  "accessKey",
  "allowedAccountIds",
  "assumeRoles",
  "forbiddenAccountIds",
  "profile",
  "secretKey",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "skipCredentialsValidation",
  "skipMetadataApiCheck",
  "skipRegionValidation",
  "skipRequestingAccountId",
  "token",
] as const;

export const configurationKeys = ["region", "defaultTags", ...credentialKeys] as const;

let current: Configuration = { region: "", defaultTags: {} };

/** Takes the provider's configuration; objects in it are JSON texts on the wire. */
export function configure({ region, defaultTags }: Properties): void {
  const { tags = {} } = (typeof defaultTags === "string" ? JSON.parse(defaultTags) : (defaultTags ?? {})) as {
    readonly tags?: Record<string, string>;
  };
  current = { region: typeof region === "string" ? region : "", defaultTags: tags };
}

/** The region of resources that name none. */
export function defaultRegion(): string {
  return current.region;
}

export function defaultTags(): Readonly<Record<string, string>> {
  return current.defaultTags;
}
