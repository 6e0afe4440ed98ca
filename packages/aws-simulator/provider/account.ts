import type { Properties } from "../../provider-kit/values";

/** The provider's configuration. */
interface Configuration {
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/**
 * Configuration keys of the official provider that choose credentials. They are accepted, because a simulated account
 * takes any credentials.
 */
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

/** Stores the provider's configuration. Objects in it arrive as JSON text. */
export function configure({ region, defaultTags }: Properties): void {
  const { tags = {} } = (typeof defaultTags === "string" ? JSON.parse(defaultTags) : (defaultTags ?? {})) as {
    readonly tags?: Record<string, string>;
  };
  current = { region: typeof region === "string" ? region : "", defaultTags: tags };
}

/** Returns the region of resources that don't set one. */
export function defaultRegion(): string {
  return current.region;
}

export function defaultTags(): Readonly<Record<string, string>> {
  return current.defaultTags;
}
