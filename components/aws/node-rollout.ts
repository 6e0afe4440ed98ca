import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNode } from "../../model/aws/plan";
import type { Settings } from "../../model/settings/schema";
import type { Bundle } from "../../templates/node/bundle";
import { changeVariables } from "../../templates/node/changes";
import { requestShell, startSeconds, targetHealthSeconds } from "../../templates/node/request";
import type { RequestKey } from "./request-key";

export interface NodeRolloutArgs {
  readonly node: AwsNode;
  readonly settings: Pick<Settings, "changePolicy" | "drainTimeoutSeconds" | "redis">;
  /** Region of the bucket. */
  readonly region: string;
  readonly bucket: pulumi.Input<string>;
  readonly bundle: pulumi.Input<Bundle>;
  /** Source text of the shell script that sends requests to the node. */
  readonly requestScript: string;
  /**
   * Names of the environment variables that describe this node's changes in a preview. Unlike the bundle, they are
   * known before the update.
   */
  readonly changes: readonly string[];
  /** Text of the bundle object. */
  readonly content: pulumi.Input<string>;
  readonly requestKey: RequestKey;
  /** S3 version id of the bundle object. */
  readonly bundleVersion: pulumi.Input<string>;
  /** Version id of the stack's keys in Secrets Manager. The id reveals nothing about the keys. */
  readonly keysVersion: pulumi.Input<string>;
  readonly instanceId: pulumi.Input<string>;
  /** Id of the Elastic IP's association. A new id means a new instance. */
  readonly associationId: pulumi.Input<string>;
  /**
   * Resources that the node needs in order to answer, kept until the node has drained. Includes the previous node, so
   * that nodes change one at a time.
   */
  readonly needs: readonly pulumi.Resource[];
  /**
   * Environment variables with which the script deregisters the node before its calls end, and registers it once it is
   * healthy.
   */
  readonly entry: Readonly<Record<string, pulumi.Input<string>>>;
  /** The operator's AWS profile, for the aws command. @default the profile in the command's environment */
  readonly profile?: string;
}

/** Seconds for a new instance to install packages, pull four images and obtain a certificate. */
const bootSeconds = 1200;
/** Seconds by which Pulumi's timeout exceeds the script's, so that the script reports its own error first. */
const marginSeconds = 300;

/**
 * Requests that a node applies its bundle, and waits until it is healthy. Before the node is deleted, requests a drain,
 * unless the change policy is restart. In a preview, the command's environment variables show the effect of a change on
 * each service. Costs nothing.
 *
 * @example new NodeRollout("euc1-1", { node, settings, bucket, bundle, content, ... }, { parent: this })
 */
export class NodeRollout extends pulumi.ComponentResource {
  /** Complete once the node is healthy, also according to its load balancer. */
  readonly done: pulumi.Resource;

  constructor(name: string, args: NodeRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "livekit:aws:NodeRollout",
      name,
      {},
      pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:NodeChange" }] }),
    );
    this.done = this.createCommand(name, args);
    this.registerOutputs({});
  }

  private createCommand(name: string, args: NodeRolloutArgs): command.local.Command {
    const answerSeconds = bootSeconds + getDrainSeconds(args.settings);
    const timeout = `${answerSeconds + startSeconds + targetHealthSeconds + marginSeconds}s`;
    return new command.local.Command(
      `${name}-change`,
      {
        interpreter: [...requestShell(args.requestScript)],
        create: "apply",
        update: "apply",
        // With changePolicy restart, a LiveKit change may cut calls, so deleting the instance may cut them too.
        delete: args.settings.changePolicy === "drain" ? "drain" : "withdraw",
        environment: buildEnvironment(args, answerSeconds),
        // A new instance replaces this command, so that the old instance drains before it is deleted.
        triggers: [args.instanceId, args.associationId],
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [...args.needs],
        deleteBeforeReplace: true,
        customTimeouts: { create: timeout, update: timeout, delete: timeout },
      },
    );
  }
}

function getDrainSeconds({ changePolicy, drainTimeoutSeconds }: NodeRolloutArgs["settings"]): number {
  return changePolicy === "drain" ? drainTimeoutSeconds : 0;
}

/**
 * Returns each variable as a separate output: if one is unknown before the update, a preview still shows the others.
 */
function buildEnvironment(args: NodeRolloutArgs, answerSeconds: number): Record<string, pulumi.Input<string>> {
  const { node, settings, bundle, content, profile } = args;
  const changes = pulumi.output(bundle).apply((files) => changeVariables(files, settings));
  const shown = args.changes.map((name) => [name, changes.apply((all) => all[name] ?? "")] as const);
  return {
    ...Object.fromEntries(shown),
    AWS_REGION: args.region,
    BUCKET: args.bucket,
    BUNDLE: args.bundleVersion,
    INSTANCE: args.instanceId,
    NODE: node.name,
    PUBLIC_KEY: jsonText(args.requestKey.publicKey),
    SECRETS: args.keysVersion,
    SHA256: pulumi.output(content).apply((text) => createHash("sha256").update(text).digest("hex")),
    SIGNING_KEY: args.requestKey.arn,
    TIMEOUT_SECONDS: String(answerSeconds),
    ...(node.region !== args.region && { NODE_REGION: node.region }),
    ...args.entry,
    ...(profile && { AWS_PROFILE: profile }),
  };
}

/** Returns a text as it is between the quotes of JSON: the shell inserts it into a request. */
function jsonText(text: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(text).apply((plain) => JSON.stringify(plain).slice(1, -1));
}
