import { labels } from "../../model/labels";
import { eitherOf, inputsOf, known, type Rule, when } from "../rule";

/** Properties that may contain the stack's secrets, by resource type. Pulumi encrypts each of them in the state. */
const secretPlaces: Readonly<Record<string, readonly string[]>> = {
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretString"],
  "aws:elasticache/replicationGroup:ReplicationGroup": ["authToken"],
  "docker:index/container:Container": ["uploads"],
  // Input of the command that validates services' files before the services are replaced.
  "command:local:Command": ["stdin"],
};

/** Types of resources that `livekit:protect` protects from deletion. */
const protectedTypes = [
  "aws:ec2/eip:Eip",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
];

/** Resource types of global AWS services, which have no region. */
const global = /^aws:(iam|route53)\//;

/** Rules for all resources of a stack. */
export const stackRules: readonly Rule[] = [
  {
    name: "secrets-in-place",
    control: "The stack's secrets are only in their secret stores: not in user data, tags, commands or labels",
    remedy: "Rotate the secret, since it is exposed (npm run secrets -- --rotate), and remove it from there",
    validate: ({ type, props }, { secrets }) =>
      Object.keys(props)
        .filter((name) => !secretPlaces[type]?.includes(name))
        .flatMap((name) =>
          when(
            holds(() => props[name], secrets),
            `${name} holds a secret`,
          ),
        ),
  },
  {
    name: "protected",
    control: "With livekit:protect, resources that can't be recreated can't be deleted",
    remedy: "Set the resource option protect",
    validate: ({ type, opts }, { settings }) =>
      when(settings.protect && protectedTypes.includes(type) && !opts.protect, "it can be deleted"),
  },
  {
    name: "region-named",
    control: "Every regional resource sets its region to one of livekit:regions",
    remedy: "Set region: one provider serves all regions",
    validate: ({ type, props }, { plan }) =>
      when(
        type.startsWith("aws:") && !global.test(type) && !plan?.regions.some(({ name }) => name === props["region"]),
        `region is ${JSON.stringify(props["region"])}`,
      ),
  },
  {
    name: "owner-marked",
    control: `Every resource has its stack's name as the tag or label ${labels.stack}`,
    remedy: "Set it in the AWS provider's default tags, or in the labels of each container and network",
    validate: eitherOf(
      inputsOf<{ readonly defaultTags?: unknown }>("pulumi:providers:aws", ({ defaultTags }, { settings }) =>
        when(tagsOf(defaultTags)[labels.stack] !== settings.namePrefix, "its default tags don't name the stack"),
      ),
      ...["docker:index/container:Container", "docker:index/network:Network"].map((type) =>
        inputsOf<{ readonly labels?: readonly { label: string; value: string }[] }>(
          type,
          ({ labels: own = [] }, { settings }) =>
            when(
              !own.some(({ label, value }) => label === labels.stack && value === settings.namePrefix),
              "its labels don't name the stack",
            ),
        ),
      ),
    ),
  },
];

/**
 * Reports whether a value contains a secret's text. Returns false for a value that is not known before the update,
 * because such a value can't come from the configuration.
 */
function holds(read: () => unknown, secrets: readonly string[]): boolean {
  const value = known(read);
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).some((name) => holds(() => (value as Record<string, unknown>)[name], secrets));
}

/** Returns a provider's default tags. Pulumi passes objects to a provider as JSON text. */
function tagsOf(defaultTags: unknown): Readonly<Record<string, string>> {
  const { tags } = (typeof defaultTags === "string" ? JSON.parse(defaultTags) : (defaultTags ?? {})) as {
    readonly tags?: Record<string, string>;
  };
  return tags ?? {};
}
