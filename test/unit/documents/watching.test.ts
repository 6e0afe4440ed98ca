import { readFileSync } from "node:fs";
import { join } from "node:path";
import { logRetentionDays, serviceLogGroup } from "../../../model/aws/watch";
import { monitoringPorts } from "../../../model/ports/internal";
import { project } from "../../support/documents";

test("the operator's guide names the metrics port, the log group and its retention", () => {
  const guide = readFileSync(join(project, "docs/aws.md"), "utf8");
  const watch = guide.slice(guide.indexOf("\n## Monitor the stack\n"), guide.indexOf("\n## Estimate the cost\n"));
  expect(watch).toContain(`on port ${monitoringPorts.scrape} of each node`);
  expect(watch).toContain(
    `for ${logRetentionDays} days, in the group \`${serviceLogGroup("<namePrefix>", "<region>")}\``,
  );
  expect(watch).toContain(`aws logs tail ${serviceLogGroup("my-livekit", "euc1")} `);
});
