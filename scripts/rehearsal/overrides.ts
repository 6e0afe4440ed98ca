import { builtImageName } from "../../images/catalog";
import { type Architecture, architectureOf } from "../../model/aws/plan";
import { awsKinds } from "../../model/images";
import { simulatedAccountId } from "../../packages/aws-simulator/network/state";
import type { ImageSource } from "../toolchain/images";
import type { RehearsalTools } from "../toolchain/rehearsal";
import type { Override } from "./workspace";

/** AMI ids in the simulated account. */
const imageIds: Readonly<Record<"debian" | "prebaked", Readonly<Record<Architecture, string>>>> = {
  debian: { x86_64: "ami-0deb1a00000000001", arm64: "ami-0deb1a00000000002" },
  prebaked: { x86_64: "ami-0ba4ed00000000001", arm64: "ami-0ba4ed00000000002" },
};

/**
 * Returns the simulated account's AMIs: Debian's, which the program looks up, and one like an AMI from `npm run bake`.
 */
export function imagesOfAccount({
  machineImage,
  prebakedImage,
}: Pick<RehearsalTools, "machineImage" | "prebakedImage">) {
  // Both architectures use the same container image, which is built for this machine's processor.
  return (["x86_64", "arm64"] as const).flatMap((architecture) => {
    const debian = architecture === "arm64" ? "arm64" : "amd64";
    return [
      {
        architecture,
        name: `debian-13-${debian}-20260101-0001`,
        id: imageIds.debian[architecture],
        dockerImage: machineImage,
      },
      { architecture, name: `prebaked-${debian}`, id: imageIds.prebaked[architecture], dockerImage: prebakedImage },
    ];
  });
}

export interface RehearsalContext {
  /** Configuration from the stack's file, not validated yet. */
  readonly config: Readonly<Record<string, unknown>>;
  /** True if the file sets `aws:profile`. */
  readonly profile: boolean;
  /** ACME directory of the simulated certificate authority. */
  readonly directoryUrl: string;
  readonly imageSource: ImageSource;
  /** True to boot Debian's unchanged image and install everything at boot. */
  readonly plain: boolean;
}

/** Returns the settings that a rehearsal can't share with production, each with its reason. */
export function overridesOf(rehearsalContext: RehearsalContext): Override[] {
  const { config, profile, directoryUrl, imageSource } = rehearsalContext;
  const built = Object.fromEntries(awsKinds.map((kind) => [kind, builtImageName(kind)]));
  return [
    {
      path: ["livekit:acme", "directoryUrl"],
      value: directoryUrl,
      why: "a public CA would look up the names in the real DNS",
    },
    ...(imageSource === "build" ? [{ path: ["livekit:images"], value: built, why: "no registry is reachable" }] : []),
    ...imageOverrides(rehearsalContext),
    ...("livekit:webhooks" in config
      ? [{ path: ["livekit:webhooks"], why: "the application must not receive webhooks of test rooms" }]
      : []),
    ...redisOverride(config),
    ...topicOverrides(config),
    ...(profile ? [{ path: ["aws:profile"], why: "the AWS simulator accepts any credentials" }] : []),
  ];
}

function regionsOf(config: RehearsalContext["config"]): readonly { instanceType?: unknown; nodes?: unknown }[] {
  const regions = config["livekit:regions"];
  return Array.isArray(regions) ? regions.map((region) => region ?? {}) : [];
}

function imageOverrides({ config, plain }: RehearsalContext): Override[] {
  return regionsOf(config).map(({ instanceType }, i) => ({
    path: ["livekit:regions", i, "amiId"],
    value: imageIds[plain ? "debian" : "prebaked"][architectureOf(`${instanceType}`)],
    why: plain ? "Debian's image, which installs everything at boot" : "a prebaked image; --plain boots Debian's own",
  }));
}

/** Replaces an external Redis, because a rehearsal must not write to the production Redis. */
function redisOverride(config: RehearsalContext["config"]): Override[] {
  const { mode } = (config["livekit:redis"] ?? {}) as { readonly mode?: unknown };
  if (mode !== "external") return [];
  const nodes = regionsOf(config).reduce((sum, region) => sum + Number(region.nodes ?? 1), 0);
  const value = { mode: nodes > 1 ? "elasticache" : "node" };
  return [{ path: ["livekit:redis"], value, why: "the configured Redis is production's" }];
}

/** Moves the SNS topics to the simulated account: ElastiCache only notifies topics of its own account. */
function topicOverrides(config: RehearsalContext["config"]): Override[] {
  const { topicArn, topicArns } = (config["livekit:alarms"] ?? {}) as Readonly<Record<string, unknown>>;
  const topics: readonly (readonly [Override["path"], unknown])[] = [
    [["livekit:alarms", "topicArn"], topicArn],
    ...(Array.isArray(topicArns) ? topicArns : []).map((arn, i) => [["livekit:alarms", "topicArns", i], arn] as const),
  ];
  return topics.flatMap(([path, arn]) => {
    if (typeof arn !== "string") return [];
    const value = arn.replace(/:\d{12}:/, `:${simulatedAccountId}:`);
    return value === arn ? [] : [{ path, value, why: "the AWS simulator has another account" }];
  });
}
