import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { AwsStack } from "../components/aws/stack";
import { type AwsPlan, planAws, primaryRegion } from "../model/aws/plan";
import { labels } from "../model/labels";
import {
  type AwsOutputs,
  awsOutputs,
  joinTargets,
  type ScrapeTarget,
  scrapeTargets,
  sharedRedisNote,
} from "../model/outputs";
import { required } from "../model/required";
import { providerErrors } from "../model/settings/aws-provider-rules";
import type { Settings } from "../model/settings/schema";
import type { Secrets } from "../model/settings/secrets";
import { throwIfAny } from "../model/user-error";
import { findFacts } from "./aws-facts";
import type { ProviderSettings } from "./configuration";
import { readNodeSources } from "./node-sources";
import { requireOperatorTools } from "./operator";

/** The stack's outputs. Pulumi encrypts the secret ones. */
export type AwsStackOutputs = { readonly [K in keyof Required<AwsOutputs>]: pulumi.Input<string> } & {
  readonly joins: Readonly<Record<string, string>>;
  /** Only with several nodes. */
  readonly redis?: string;
  /** Only with `livekit:monitoring`. */
  readonly scrapeTargets?: readonly ScrapeTarget[];
};

/**
 * Creates the resources of the AWS target.
 * @param providerSettings the `aws:` keys of the stack's configuration
 * @throws UserError if the operator's machine or account lacks something
 */
export async function awsStack(
  settings: Settings,
  secrets: Secrets,
  providerSettings: ProviderSettings,
): Promise<AwsStackOutputs> {
  throwIfAny(providerErrors(providerSettings));
  const plan = planAws(settings);
  const provider = awsProvider(plan, providerSettings);
  const [facts] = await Promise.all([findFacts(plan, provider), requireOperatorTools()]);
  const { profile } = providerSettings;
  reduceSdkLogging(plan);
  const stack = new AwsStack(
    "aws",
    { plan, secrets, facts, sources: readNodeSources(), ...(typeof profile === "string" && { profile }) },
    { providers: [provider] },
  );
  const outputs = awsOutputs(plan, secrets);
  const redis = sharedRedisNote(plan);
  return {
    ...outputs,
    address: required(stack.addresses[plan.issuer], `address of ${plan.issuer}`),
    bucket: stack.bucket,
    signingKey: stack.signingKey,
    joins: joinTargets(plan),
    ...(redis && { redis }),
    ...(settings.monitoring && { scrapeTargets: scrapeTargets(plan) }),
    apiSecret: pulumi.secret(outputs.apiSecret),
    turnSecret: pulumi.secret(outputs.turnSecret),
  };
}

/** Minimum number of nodes at which Pulumi SDK logging slows a preview noticeably. */
const manyNodes = 16;

/**
 * Turns off stack traces and debug logs of the Pulumi SDK. The SDK takes a stack trace of each promise to report
 * unsettled ones, and sends the engine three sequential debug messages a resource for `--debug`
 * (https://github.com/pulumi/pulumi/issues/7146). With many nodes that is half of a preview's time and a fifth of its
 * memory (`npm run benchmark -- --fleet`). PULUMI_DEBUG_PROMISE_LEAKS keeps both.
 */
function reduceSdkLogging({ nodes }: AwsPlan): void {
  if (nodes.length < manyNodes || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  Error.stackTraceLimit = 0;
  const log = require("@pulumi/pulumi/log") as { debug: typeof pulumi.log.debug };
  log.debug = async () => undefined;
}

/**
 * Creates one provider for all regions: each resource sets its region. The provider's region is the primary one. Since
 * version 7, a change of the provider's region replaces no resource (pulumi-aws pull request 5656).
 */
function awsProvider(plan: AwsPlan, providerSettings: ProviderSettings): Provider {
  const { namePrefix, settings } = plan;
  const { defaultTags, ...others } = providerSettings as { readonly defaultTags?: { readonly tags?: object } };
  const tags = { ...defaultTags?.tags, ...settings.tags, [labels.stack]: namePrefix };
  return new Provider("aws", { ...others, region: primaryRegion(plan).name, defaultTags: { tags } });
}
