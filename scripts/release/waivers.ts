import { parse } from "smol-toml";
import { dayMs } from "../../model/time";
import type { ConfigError } from "../../model/user-error";

/** File with the vulnerabilities that OSV-Scanner ignores: https://google.github.io/osv-scanner/configuration/ */
export const waiverFile = "osv-scanner.toml";

/** Longest time until a waiver expires. */
const mostDays = 180;

/** Returns an error for each waiver without a vulnerability's id, a reason or an expiry date within 180 days. */
export function waiverErrors(toml: string, now: Date): ConfigError[] {
  const { IgnoredVulns: waivers = [], ...others } = parse(toml);
  const day = (days: number) => new Date(now.getTime() + days * dayMs).toISOString().slice(0, 10);
  const [today, last] = [day(0), day(mostDays)];
  const fix = `Edit it in ${waiverFile}, or update the package and remove the waiver`;
  return [
    // PackageOverrides would ignore vulnerabilities that are not known yet. ScanGoModVersion would compare Go's lowest
    // allowed version, not the installed one: https://github.com/google/osv-scanner/blob/v2.5.0/pkg/osvscanner/osvscanner.go
    ...Object.keys(others).map((key) => ({ key, rule: "only [[IgnoredVulns]] is allowed", fix })),
    ...[waivers].flat().flatMap((waiver, i): ConfigError[] => {
      const { id, reason, ignoreUntil } = Object(waiver);
      const key = `IgnoredVulns ${isText(id) ? id : i + 1}`;
      const until = ignoreUntil instanceof Date ? ignoreUntil.toISOString().slice(0, 10) : "";
      return [
        ...(isText(id) ? [] : [{ key, rule: "id must name one vulnerability, such as GHSA-...", fix }]),
        ...(isText(reason) ? [] : [{ key, rule: "reason must say why the vulnerability is harmless here", fix }]),
        ...(until > today && until <= last
          ? []
          : [{ key, value: ignoreUntil, rule: `ignoreUntil must be a date from ${day(1)} to ${last}`, fix }]),
      ];
    }),
  ];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
