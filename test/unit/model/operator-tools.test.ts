import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lowestAws, lowestPulumi } from "../../../model/operator-tools";

test("the operator's guide names the required versions", () => {
  const guide = readFileSync(join(__dirname, "../../../docs/aws.md"), "utf8");
  const [, pulumi, aws] =
    /^- \[Pulumi\]\(\S+\) (\S+) or newer\n- the \[AWS CLI\]\(\S+\) (\S+) or newer$/m.exec(guide) ?? [];
  expect([`${pulumi}.0`, `${aws}.0`]).toEqual([lowestPulumi, lowestAws[2]]);
});
