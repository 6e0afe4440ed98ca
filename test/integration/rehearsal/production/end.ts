import { partsOf } from "../../../../providers/aws/ground/parts";
import type { Rehearsed } from "../../../support/rehearsed";

/** What is left of a stack: nothing. */
export function end(subject: () => Rehearsed): void {
  test("`destroy` is refused while the stack is protected, and then leaves nothing", async () => {
    await expect(subject().destroy()).rejects.toThrow(/protected/);
    await subject().set("protect", "false");
    await subject().up();
    await subject().destroy();
    expect(await subject().addresses()).toEqual([]);
    for (const [query, ...args] of [
      ["Buckets", "s3api", "list-buckets"],
      ["SecretList", "secretsmanager", "list-secrets"],
      ["Roles", "iam", "list-roles"],
      ["InstanceProfiles", "iam", "list-instance-profiles"],
      ["MetricAlarms", "cloudwatch", "describe-alarms"],
      ["Vpcs[?!IsDefault]", "ec2", "describe-vpcs"],
    ] as const) {
      expect([query, await subject().aws(...args, "--query", query)]).toEqual([query, []]);
    }
    expect(await partsOf(subject().docker, subject().rehearsal.home.number, "machine")).toEqual([]);
  });
}
