import { sanitizeText } from "../../model/sanitize";
import { textTable } from "../lib/table";
import { paint } from "../lib/terminal";
import type { Finding } from "./check";

const colors = { passed: "green", failed: "red", warning: "yellow" } as const;

/** If more checks than this share a fix, the table shows the number of checks instead of their names. */
const namedAtMost = 3;

/** Renders the findings as a table, followed by the fixes of those that did not pass. */
export function renderFindings(findings: readonly Finding[], color: boolean): string {
  const result = ({ status }: Finding) => (color ? paint(status, colors[status]) : status);
  const rows = findings.map((finding) => [finding.title, result(finding), sanitizeText(found(finding))]);
  const table = textTable(["check", "result", "found"], rows);
  const passed = findings.filter(({ status }) => status === "passed").length;
  return [table, ...fixes(findings).map(sanitizeText), `${passed} of ${findings.length} checks passed`].join("\n");
}

function found(finding: Finding): string {
  return finding.status === "passed" ? finding.detail : finding.cause;
}

/** Renders each fix once, with the checks that it applies to. */
function fixes(findings: readonly Finding[]): string[] {
  const ill = findings.filter((finding) => finding.status !== "passed");
  const lines = [...new Set(ill.map(({ fix }) => fix))];
  return lines.map((fix) => {
    const titles = ill.filter((finding) => finding.fix === fix).map(({ title }) => title);
    return `${titles.length > namedAtMost ? `${titles.length} checks` : titles.join(", ")}:\n  ${fix}`;
  });
}
