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
import { providerErrors } from "../model/settings/aws-provider-rules";
import type { Settings } from "../model/settings/schema";
import type { Secrets } from "../model/settings/secrets";
import { throwIfAny } from "../model/user-error";
import { findFacts } from "./aws-facts";
import type { ProviderSettings } from "./configuration";
import { readNodeProgram } from "./node-program";
import { requireOperatorTools } from "./operator";

/** The stack's outputs, the secret ones encrypted by the engine. */
export type AwsStackOutputs = { readonly [K in keyof AwsOutputs]: pulumi.Input<string> } & {
  readonly joins: Readonly<Record<string, string>>;
  /** Of several nodes. */
  readonly redis?: string;
  /** With monitoring. */
  readonly scrapeTargets?: readonly ScrapeTarget[];
};

/**
 * The AWS target.
 * @param providerSettings the `aws:` keys of the stack's configuration
 * @throws Refusal where the operator's machine or account lacks something
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
    { plan, secrets, facts, nodeProgram: readNodeProgram(), ...(typeof profile === "string" && { profile }) },
    { providers: [provider] },
  );
  const outputs = awsOutputs(plan, secrets);
  const redis = sharedRedisNote(plan);
  return {
    ...outputs,
    address: stack.addresses[plan.issuer] ?? "",
    bucket: stack.bucket,
    joins: joinTargets(plan),
    ...(redis && { redis }),
    ...(settings.monitoring && { scrapeTargets: scrapeTargets(plan) }),
    apiSecret: pulumi.secret(outputs.apiSecret),
    turnSecret: pulumi.secret(outputs.turnSecret),
  };
}

/** From how many nodes on a preview is long enough to wait for. */
const manyNodes = 16;

/**
 * The SDK takes a stack trace of each promise that it makes, to tell of one that never settles, and sends the engine three
 * words on each resource, one after the other, for `--debug` (pulumi issue 7146). With many nodes that is half of a preview's
 * time and a fifth of its memory (`npm run benchmark -- --fleet`): both are left out, unless the traces are asked for.
 */
function reduceSdkLogging({ nodes }: AwsPlan): void {
  if (nodes.length < manyNodes || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  Error.stackTraceLimit = 0;
  const log = require("@pulumi/pulumi/log") as { debug: typeof pulumi.log.debug };
  log.debug = async () => undefined;
}

/**
 * One provider for every region: each resource names its own. Its region follows the primary one; since version 7 another
 * region of the provider's replaces nothing (pulumi-aws pull request 5656).
 */
function awsProvider(plan: AwsPlan, providerSettings: ProviderSettings): Provider {
  const { namePrefix, settings } = plan;
  const { defaultTags, ...others } = providerSettings as { readonly defaultTags?: { readonly tags?: object } };
  const tags = { ...defaultTags?.tags, ...settings.tags, [labels.stack]: namePrefix };
  return new Provider("aws", { ...others, region: primaryRegion(plan).name, defaultTags: { tags } });
}
