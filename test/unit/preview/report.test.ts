import fc from "fast-check";
import type { ResourceChange } from "../../../model/preview/change";
import { summarizeImpact } from "../../../scripts/preview/impact-summary";
import { marker, previewOf, renderMarkdown, renderText } from "../../../scripts/preview/report";
import { executedParts, harmlessText, hostileText } from "../../support/remote-text";

/** Renders a comment for this many rules that open a port each, and this many other new resources. */
function comment(rules: number, others: number, description: string): string {
  const made = { operation: "create", changed: [] } as const;
  const changes: ResourceChange[] = [
    ...Array.from({ length: rules }, (_, port) => ({
      ...made,
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      name: `rule-${port}`,
      after: { ipProtocol: "tcp", fromPort: port, toPort: port, cidrIpv4: "0.0.0.0/0", description },
    })),
    ...Array.from({ length: others }, (_, i) => ({ ...made, type: "aws:s3/bucket:Bucket", name: `bucket-${i}` })),
  ];
  return renderMarkdown([previewOf("prod", "a test", changes, summarizeImpact(changes))], "prod");
}

const lines = (text: string) => text.trimEnd().split("\n");

test("every preview comment has at most GitHub's 65536 characters and ends with the stack's marker", () => {
  const counts = fc.oneof(fc.nat(20), fc.nat(3000));
  fc.assert(
    fc.property(counts, counts, fc.string({ maxLength: 200 }), (rules, others, description) => {
      const text = comment(rules, others, description);
      expect(text.length).toBeLessThanOrEqual(65_536);
      expect(lines(text).at(-1)).toBe(marker("prod"));
    }),
    { numRuns: 30 },
  );
});

test("a comment that is too long even without the list of resources is truncated and states this fact", () => {
  const [manyLines, oneLongLine] = [comment(1200, 0, "test"), comment(3000, 0, "a service of which much is said")];
  expect(manyLines).toContain("| opened | 0/tcp |");
  expect(oneLongLine).toContain("- **Opens to the world: 0/tcp");
  for (const text of [manyLines, oneLongLine])
    expect(lines(text).at(-3)).toMatch(/^The full preview is too long for a comment: /);
});

test("shows Pulumi's warnings after the headlines, in text and in a comment", () => {
  const warnings = ["the check of the quota is skipped: AWS denies ec2:DescribeVpcs", "two\n  lines"];
  const previews = [previewOf("prod", "by the engine", [], summarizeImpact([]), warnings)];
  expect(lines(renderText(previews))).toContain(`Warning: ${warnings[0]}`);
  const comment = lines(renderMarkdown(previews, "prod"));
  expect(comment).toContain(`- **Warning: ${warnings[0]}**`);
  expect(comment).toContain("- **Warning: two lines**");
});

test("a comment contains no control characters of a resource's name and inputs", () => {
  const text = comment(1, 0, hostileText).replaceAll("rule-0", "");
  expect(executedParts(text)).toEqual([]);
  expect(text).toContain(harmlessText);
});
