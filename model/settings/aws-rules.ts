import { isPrivateNetwork, prefixLength } from "../cidr";
import { labels } from "../labels";
import { portTable } from "../ports/table";
import type { ConfigError } from "../user-error";
import { alarmErrors } from "./aws-alarm-rules";
import { entryErrors } from "./aws-entry-rules";
import { awsRedisErrors } from "./aws-redis-rules";
import { regionErrors } from "./aws-region-rules";
import { memberKey, removeCommand, setCommand } from "./commands";
import type { Settings } from "./schema";
import type { SecretTexts } from "./secrets";

/** Validates combinations of keys of a stack on AWS. */
export function awsErrors(settings: Settings, secrets: SecretTexts): ConfigError[] {
  return [
    ...localKeyErrors(settings),
    ...domainErrors(settings),
    ...acmeErrors(settings),
    ...regionErrors(settings),
    ...entryErrors(settings),
    ...ingressErrors(settings),
    ...scrapeErrors(settings),
    ...networkCountErrors(settings),
    ...awsRedisErrors(settings, secrets),
    ...drainErrors(settings),
    ...alarmErrors(settings),
    ...tagErrors(settings),
  ];
}

/** Rejects keys that only apply to a local stack. On AWS they would be ignored silently. */
function localKeyErrors({ nodes, network, publicAddress, imageSource }: Settings): ConfigError[] {
  const unset = (name: string) => `Remove it with: pulumi config rm livekit:${name}`;
  const error = (name: string, value: unknown, instead: string): ConfigError => ({
    key: `livekit:${name}`,
    value,
    rule: `this key is allowed only with livekit:target local; on AWS ${instead}`,
    fix: unset(name),
  });
  return [
    ...(nodes === 1 ? [] : [error("nodes", nodes, "set livekit:regions[].nodes instead")]),
    ...(network === "auto" ? [] : [error("network", network, "containers use their node's own network")]),
    ...(publicAddress === undefined ? [] : [error("publicAddress", publicAddress, "each node has its own Elastic IP")]),
    ...(imageSource === "build" ? [error("imageSource", imageSource, "nodes pull their images from a registry")] : []),
  ];
}

/**
 * Domains that no public certificate authority certifies: RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and common
 * private use.
 */
const privateEndings = [
  "local",
  "internal",
  "lan",
  "home",
  "home.arpa",
  "corp",
  "test",
  "localhost",
  "invalid",
  "example",
] as const;

function domainErrors({ domain, hostedZone, acme }: Settings): ConfigError[] {
  if (domain === undefined) {
    const fix = "Set it with: pulumi config set livekit:domain video.example.com";
    return [
      {
        key: "livekit:domain",
        rule: "a domain is required on AWS: certificates and DNS records use names in this domain",
        fix,
      },
    ];
  }
  const errors: ConfigError[] = [];
  if (hostedZone !== undefined && !isBelow(domain, hostedZone)) {
    errors.push({
      key: "livekit:hostedZone",
      value: hostedZone,
      rule: `the hosted zone must be ${domain}, the value of livekit:domain, or a parent domain of ${domain}`,
      fix: `Set it with: pulumi config set livekit:hostedZone ${domain}`,
    });
  }
  const ending = privateEndings.find((name) => isBelow(domain, name));
  if (ending !== undefined && isPublicCa(acme.directoryUrl)) {
    errors.push({
      key: "livekit:domain",
      value: domain,
      rule: `the domain must not end in .${ending}: public certificate authorities do not certify such names`,
      fix: "Set a public domain with: pulumi config set livekit:domain video.example.com",
    });
  }
  if (domain.length > longestDomain) {
    errors.push({
      key: "livekit:domain",
      value: domain,
      rule: `the domain must have at most ${longestDomain} characters: the name _acme-challenge.<domain> must not exceed DNS's limit of 253`,
      fix: "Set a shorter domain with: pulumi config set livekit:domain video.example.com",
    });
  }
  return errors;
}

const longestDomain = 253 - "_acme-challenge.".length;

function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** Reports whether the certificate authority is public. Let's Encrypt is the default. */
function isPublicCa(directoryUrl: string | undefined): boolean {
  return directoryUrl === undefined || isBelow(new URL(directoryUrl).hostname, "letsencrypt.org");
}

function acmeErrors({ acme }: Settings): ConfigError[] {
  if (acme.email !== undefined) return [];
  return [
    {
      key: "livekit:acme.email",
      rule: "an e-mail address is required on AWS: the certificate authority sends notices to this address",
      fix: setPath("acme.email", "ops@example.com"),
    },
  ];
}

/** Prefix length of the widest allowed network. Shorter prefixes cover the whole internet or a large part of it. */
const widestAdminBits = 8;

function ingressErrors({ apiIngress, adminCidrs, ports }: Settings): ConfigError[] {
  const api = portTable({ ports }).api.first;
  const wide = adminCidrs.flatMap((cidr, i): ConfigError[] => {
    if (prefixLength(cidr) >= widestAdminBits) return [];
    return [
      {
        key: `livekit:adminCidrs[${i}]`,
        value: cidr,
        rule: `the network must be your own, with a prefix of /${widestAdminBits} or longer: this one opens port ${api} to much of the internet`,
        fix: setPath(`adminCidrs[${i}]`, "203.0.113.0/24"),
      },
    ];
  });
  if (adminCidrs.length === 0 || apiIngress === "vpc") return wide;
  return [
    ...wide,
    {
      key: "livekit:adminCidrs",
      value: adminCidrs,
      rule: `this key requires livekit:apiIngress "vpc": with the value "world", port ${api} is open to every address`,
      fix: "Restrict access with: pulumi config set livekit:apiIngress vpc",
    },
  ];
}

/** Restricts node metrics to private networks: RFC 1918, and the shared address space of RFC 6598. */
function scrapeErrors({ scrapeCidrs, monitoring }: Settings): ConfigError[] {
  const open = scrapeCidrs.flatMap((cidr, i): ConfigError[] => {
    if (isPrivateNetwork(cidr)) return [];
    return [
      {
        key: `livekit:scrapeCidrs[${i}]`,
        value: cidr,
        rule: "the network must be private: metrics must not be reachable from the internet",
        fix: setPath(`scrapeCidrs[${i}]`, "10.200.0.0/16"),
      },
    ];
  });
  if (scrapeCidrs.length === 0 || monitoring) return open;
  return [
    ...open,
    {
      key: "livekit:scrapeCidrs",
      value: scrapeCidrs,
      rule: "this key requires livekit:monitoring true: without monitoring, nodes serve no metrics",
      fix: "Set it with: pulumi config set livekit:monitoring true",
    },
  ];
}

/**
 * Maximum number of networks in one list. Each network is one rule, and a security group takes 60 rules per direction
 * (VPC user guide, "Amazon VPC quotas"). Both lists and the port table together stay below that.
 */
export const mostNetworks = 20;

/** Counts only lists that become rules. {@link ingressErrors} and {@link scrapeErrors} reject the others. */
function networkCountErrors(settings: Settings): ConfigError[] {
  const hasRules = { adminCidrs: settings.apiIngress === "vpc", scrapeCidrs: settings.monitoring };
  return (["adminCidrs", "scrapeCidrs"] as const).flatMap((name): ConfigError[] => {
    const networks = settings[name];
    if (!hasRules[name] || networks.length <= mostNetworks) return [];
    // Removes the last networks first, so that removing one does not renumber the others.
    const others = networks.slice(mostNetworks).map((_, i) => `livekit:${name}[${networks.length - 1 - i}]`);
    return [
      {
        key: `livekit:${name}`,
        value: networks,
        rule: `this key must list at most ${mostNetworks} networks: each network is one security group rule, and a security group has at most 60`,
        fix: `Combine the networks into fewer, wider ones, and remove the rest with: ${removeCommand(...others)}`,
      },
    ];
  });
}

/**
 * IAM limits a role's session to 12 hours (MaxSessionDuration). The command that waits for a drain needs its session
 * until the end, so a drain must be shorter.
 */
const longestDrainSeconds = 11 * 3600;

function drainErrors({ drainTimeoutSeconds }: Settings): ConfigError[] {
  if (drainTimeoutSeconds <= longestDrainSeconds) return [];
  return [
    {
      key: "livekit:drainTimeoutSeconds",
      value: drainTimeoutSeconds,
      rule: `the drain timeout must be at most ${longestDrainSeconds} seconds on AWS: AWS sessions expire after 12 hours`,
      fix: `Set it with: pulumi config set livekit:drainTimeoutSeconds ${longestDrainSeconds}`,
    },
  ];
}

/** AWS's rule for characters in tags. */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** S3 allows ten tags per object. The stack itself sets one of them. */
const mostTags = 9;

function tagErrors({ tags }: Settings): ConfigError[] {
  return [...tagCountErrors(tags), ...tagTextErrors(tags), ...tagCaseErrors(tags)];
}

/** IAM compares tag keys case-insensitively. */
function tagCaseErrors(tags: Settings["tags"]): ConfigError[] {
  const names: readonly string[] = [labels.stack, ...Object.keys(tags)];
  return names.flatMap((name, i) => {
    const same = names.slice(0, i).find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
    if (same === undefined) return [];
    const key = memberKey("livekit:tags", name);
    const rule = `must differ from ${same} in more than case: IAM compares tag keys case-insensitively`;
    return [{ key, value: tags[name], rule, fix: `Remove it with: ${removeCommand(key)}` }];
  });
}

function tagCountErrors(tags: Settings["tags"]): ConfigError[] {
  const names = Object.keys(tags);
  if (names.length <= mostTags) return [];
  return [
    {
      key: "livekit:tags",
      value: names,
      rule: `the stack must have at most ${mostTags} tags: S3 allows ten tags per object, and the stack sets one of them`,
      fix: `Remove the surplus tags with: ${removeCommand(...names.slice(mostTags).map((name) => memberKey("livekit:tags", name)))}`,
    },
  ];
}

function tagTextErrors(tags: Settings["tags"]): ConfigError[] {
  return Object.entries(tags)
    .filter(([key, value]) => !isTag(key, 128) || !isTag(value, 256) || key === "" || /^aws:/i.test(key))
    .map(([key, value]) => ({
      key: `livekit:tags.${key}`,
      value,
      rule: "a tag must have only letters, digits, spaces and _ . : / = + - @, at most 128 characters in the key and 256 in the value; the prefix aws: is reserved",
      fix: `Remove it with: ${removeCommand(memberKey("livekit:tags", key))}`,
    }));
}

function isTag(text: string, length: number): boolean {
  return text.length <= length && tagText.test(text);
}

function setPath(key: string, value: unknown): string {
  return `Set it with: ${setCommand(`livekit:${key}`, value)}`;
}
