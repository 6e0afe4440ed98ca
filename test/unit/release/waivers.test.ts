import { readFileSync } from "node:fs";
import { join } from "node:path";
import { waiverErrors, waiverFile } from "../../../scripts/release/waivers";
import { project } from "../../support/documents";

const now = new Date("2026-12-01T12:00:00Z");
const waiver = (...lines: readonly string[]) => ["[[IgnoredVulns]]", ...lines].join("\n");
const [id, until, reason] = ['id = "GHSA-1"', "ignoreUntil = 2027-01-31", 'reason = "Only tests use it"'];

const text = readFileSync(join(project, waiverFile), "utf8");

test("every waiver of a vulnerability has a reason, and expires within 180 days", () => {
  expect(waiverErrors(text, new Date())).toEqual([]);
});

test("the example in the waivers' file is valid until its date", () => {
  const example = text.replaceAll(/^# (?=\[\[|\w+ = )/gm, "");
  expect(waiverErrors(example, now)).toEqual([]);
  expect(waiverErrors(example, new Date("2027-02-01T00:00:00Z"))).toHaveLength(1);
});

test.each([
  ["without a reason", waiver(id, until), "reason must say why the vulnerability is harmless here"],
  ["with an empty reason", waiver(id, until, 'reason = " "'), "reason must say why the vulnerability is harmless here"],
  ["without an id", waiver(until, reason), "id must name one vulnerability, such as GHSA-..."],
  ["without a date", waiver(id, reason), "ignoreUntil must be a date from 2026-12-02 to 2027-05-30"],
  ["that expired", waiver(id, "ignoreUntil = 2026-11-30", reason), "ignoreUntil must be a date from 2026-12-02 to"],
  ["that expires today", waiver(id, "ignoreUntil = 2026-12-01", reason), "ignoreUntil must be a date from 2026-12-02"],
  ["of more than 180 days", waiver(id, "ignoreUntil = 2027-05-31", reason), "ignoreUntil must be a date from"],
  ["with its date as text", waiver(id, 'ignoreUntil = "2027-01-31"', reason), "ignoreUntil must be a date from"],
  ["of a whole package", '[[PackageOverrides]]\nname = "lib"\nignore = true', "only [[IgnoredVulns]] is allowed"],
])("rejects a waiver %s", (_, toml, rule) => {
  expect(waiverErrors(toml, now).map((error) => error.rule)).toEqual([expect.stringContaining(rule)]);
});

test("reports the errors of all waivers at once, each with the vulnerability and a fix", () => {
  const errors = waiverErrors([waiver(id, until), waiver('id = "CVE-2"')].join("\n"), now);
  expect(errors.map(({ key }) => key)).toEqual(["IgnoredVulns GHSA-1", "IgnoredVulns CVE-2", "IgnoredVulns CVE-2"]);
  for (const { fix } of errors) expect(fix).toContain(waiverFile);
});
