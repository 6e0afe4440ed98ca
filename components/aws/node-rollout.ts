import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNode } from "../../model/aws/plan";
import type { Settings } from "../../model/settings/schema";
import type { Bundle } from "../../templates/node/bundle";
import { changeVariables } from "../../templates/node/changes";
import { requestShell, takeUpSeconds } from "../../templates/node/request";
import { targetHealthSeconds } from "../../templates/node/request-entry";

export interface NodeRolloutArgs {
  readonly node: AwsNode;
  readonly settings: Pick<Settings, "changePolicy" | "drainTimeoutSeconds" | "redis">;
  /** The bucket's. */
  readonly region: string;
  readonly bucket: pulumi.Input<string>;
  readonly bundle: pulumi.Input<Bundle>;
  /** Names of the variables that a bundle of this node has: known before the bundle is. */
  readonly changes: readonly string[];
  /** The object's text, and its version in the bucket. */
  readonly content: pulumi.Input<string>;
  readonly bundleVersion: pulumi.Input<string>;
  /** Version of the stack's keys in Secrets Manager: an id, which tells nothing of them. */
  readonly keysVersion: pulumi.Input<string>;
  readonly instanceId: pulumi.Input<string>;
  /** The instance's hold on its address: another one is another instance to ask. */
  readonly associationId: pulumi.Input<string>;
  /** What the node needs to answer: it stays until the node has drained. The node before it, too: changes go one by one. */
  readonly needs: readonly pulumi.Resource[];
  /** By which the node is taken out of its region's entry before its calls end, and put back once it is healthy. */
  readonly entry: Readonly<Record<string, pulumi.Input<string>>>;
  /** Of the operator, for the aws command. @default the one in its environment */
  readonly profile?: string;
}

/** A fresh instance installs packages, pulls four images and waits for a certificate. */
const bootSeconds = 1200;
/** By which the engine waits longer than the command, so that the command's own words end it. */
const marginSeconds = 300;

/**
 * Asks a node to become what its bundle says, and waits until it is healthy; before the node is deleted, asks it to drain,
 * unless the change policy is to restart. Its variables say in a preview what a change does to each service. Costs nothing.
 *
 * @example new NodeChange("euc1-1", { node, settings, bucket, bundle, content, ... }, { parent: this })
 */
export class NodeRollout extends pulumi.ComponentResource {
  /** Ends when the node is healthy, for its load balancer as well. */
  readonly done: pulumi.Resource;

  constructor(name: string, args: NodeRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "livekit:aws:NodeRollout",
      name,
      {},
      pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:NodeChange" }] }),
    );
    const answerSeconds = bootSeconds + drainSeconds(args.settings);
    const timeout = `${answerSeconds + takeUpSeconds + targetHealthSeconds + marginSeconds}s`;
    this.done = new command.local.Command(
      `${name}-change`,
      {
        interpreter: [...requestShell()],
        create: "apply",
        update: "apply",
        // Where a change of LiveKit may cut calls, the end of its machine may as well.
        delete: args.settings.changePolicy === "drain" ? "drain" : "withdraw",
        environment: environment(args, answerSeconds),
        // Another instance: this one is drained before it goes.
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
    this.registerOutputs({});
  }
}

function drainSeconds({ changePolicy, drainTimeoutSeconds }: NodeRolloutArgs["settings"]): number {
  return changePolicy === "drain" ? drainTimeoutSeconds : 0;
}

/** Each variable by itself: where one is not known before the update, a preview still shows the others. */
function environment(args: NodeRolloutArgs, answerSeconds: number): Record<string, pulumi.Input<string>> {
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
    SECRETS: args.keysVersion,
    SHA256: pulumi.output(content).apply((text) => createHash("sha256").update(text).digest("hex")),
    TIMEOUT_SECONDS: String(answerSeconds),
    ...(node.region !== args.region && { NODE_REGION: node.region }),
    ...args.entry,
    ...(profile && { AWS_PROFILE: profile }),
  };
}
