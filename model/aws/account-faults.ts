import type { Fault } from "../fault";
import { removeCommand, setCommand } from "../settings/commands";

/** What is wrong where an account has no public zone of a name, or several. */
export function hostedZoneFaults(zoneName: string): Readonly<Record<"none" | "several", Fault>> {
  const fault = { key: "livekit:hostedZone", value: zoneName };
  const create = `aws route53 create-hosted-zone --name ${zoneName} --caller-reference ${zoneName}`;
  const [, parent] = /^[^.]+\.(.+\..+)$/.exec(zoneName) ?? [];
  const above =
    parent && `; or, where ${parent} is one, name that with: pulumi config set livekit:hostedZone ${parent}`;
  return {
    none: {
      ...fault,
      rule: "is no public hosted zone of this account",
      fix: `Make it with: ${create}, and let the domain's registrar name its servers${above ?? ""}`,
    },
    several: {
      ...fault,
      rule: "is the name of several public hosted zones of this account",
      fix: `List them with: aws route53 list-hosted-zones-by-name --dns-name ${zoneName}, and delete all but the one whose name servers the registrar has`,
    },
  };
}

/** An image of the settings that can't be used. */
export function amiFault(key: string, amiId: string, rule: string): Fault {
  return { key, value: amiId, rule, fix: `Take Debian's newest with: ${removeCommand(key)}` };
}

/** Where there is no image of Debian. */
export function missingAmiFault(key: string, name: string, region: string): Fault {
  const fix = `Name an image of Debian 13 with: ${setCommand(key, "ami-0123456789abcdef0")}`;
  return { key, rule: `is required: Debian has published no ${name} in ${region}`, fix };
}
