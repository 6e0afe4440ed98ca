import ipaddr from "ipaddr.js";
import { coerce, gte } from "semver";
import { officialImages, parseImageReference, type ServiceKind } from "../images";
import { labels } from "../labels";
import type { ConfigError } from "../user-error";
import { awsErrors } from "./aws-rules";
import { memberKey, removeCommand, setCommand } from "./commands";
import { overrideErrors } from "./livekit-overrides";
import { portErrors } from "./port-rules";
import { redisErrors } from "./redis-rules";
import type { Settings } from "./schema";
import type { SecretTexts } from "./secrets";

/**
 * Validates combinations of keys that are each valid alone.
 * @param secrets the secrets with known values; no rule can use the others
 */
export function settingErrors(settings: Settings, secrets: SecretTexts): ConfigError[] {
  return [
    ...(settings.target === "aws" ? awsErrors(settings, secrets) : []),
    ...portErrors(settings),
    ...redisErrors(settings),
    ...imageErrors(settings),
    ...reservedTagErrors(settings),
    ...overrideErrors(settings.livekitOverrides),
    ...webhookErrors(settings, secrets.apiKey),
  ];
}

/** Rejects tags named like the stack's own labels, which would overwrite them. */
function reservedTagErrors({ tags }: Settings): ConfigError[] {
  return Object.values(labels)
    .filter((name) => Object.hasOwn(tags, name))
    .map((name) => ({
      key: memberKey("livekit:tags", name),
      value: tags[name],
      rule: "this tag key is reserved for the stack's own labels",
      fix: `Remove it with: ${removeCommand(memberKey("livekit:tags", name))}`,
    }));
}

/**
 * Compares the version in the tag with the minimum. A reference without a version (a digest, a custom tag) can't be
 * validated.
 */
function imageErrors({ images }: Settings): ConfigError[] {
  return Object.entries(images).flatMap(([kind, reference]) => {
    const { floor, repository, tag } = officialImages[kind as ServiceKind];
    const version = coerce(/^v?\d+\.\d.*/.exec(parseImageReference(reference)?.tag ?? "")?.[0]);
    if (version === null || gte(version, floor.version)) return [];
    return [
      {
        key: `livekit:images.${kind}`,
        value: reference,
        rule: `the image's version must be at least ${floor.version}: ${floor.reason}`,
        fix: `Set it with: ${setCommand(`livekit:images.${kind}`, `${repository}:${tag}`)}`,
      },
    ];
  });
}

function webhookErrors({ webhooks, images }: Settings, apiKey: string | undefined): ConfigError[] {
  const urls = (webhooks.urls ?? []).flatMap((url, i) => {
    // Skips the check for a custom LiveKit image, which may trust a private certificate authority.
    if (images.livekit !== undefined || !isPrivateHttps(url)) return [];
    return [
      {
        key: `livekit:webhooks.urls[${i}]`,
        value: url,
        rule: "the URL must not use HTTPS with a private name or address: LiveKit's image trusts only public certificate authorities",
        fix: `Use plain HTTP on your own network with: ${setCommand(`livekit:webhooks.urls[${i}]`, url.replace(/^https:/i, "http:"))}`,
      },
    ];
  });
  if (webhooks.apiKey === undefined || apiKey === undefined || webhooks.apiKey === apiKey) return urls;
  return [
    ...urls,
    {
      key: "livekit:webhooks.apiKey",
      value: webhooks.apiKey,
      rule: "the key must be the stack's API key: LiveKit does not start with another key",
      fix: "Remove it with: pulumi config rm --path livekit:webhooks.apiKey",
    },
  ];
}

/** Domains that no public certificate authority certifies (RFC 6761, 6762, 8375; ICANN's .internal). */
const privateName = /(^|\.)(localhost|local|internal|lan|home\.arpa|corp|home)$/i;

function isPrivateHttps(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:") return false;
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(bare)) return ipaddr.parse(bare).range() !== "unicast";
  return !hostname.includes(".") || privateName.test(hostname);
}
