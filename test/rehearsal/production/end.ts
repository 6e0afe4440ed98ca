import { partsOf } from "../../../packages/aws-simulator/network/parts";
import { StepRunner } from "../../../scripts/rehearsal/step-runner";
import { againAndDown, stepTitles } from "../../../scripts/rehearsal/steps";
import { eventually } from "../../support/eventually";
import type { Rehearsed } from "../../support/rehearsed";

/** Tests that a removed stack leaves nothing behind. */
export function end(context: () => Rehearsed): void {
  const parts = (part?: "machine") => partsOf(context().docker, context().rehearsal.workspace.number, part);

  test("`pulumi destroy` fails while the stack is protected", async () => {
    await expect(context().previewDestroy()).rejects.toThrow(/protected/);
    expect(await parts("machine")).toHaveLength(1);
  });

  test("removing a rehearsal waits for the running call before it deletes the instance", async () => {
    const call = await context().holdCall("udp");
    const done = new StepRunner();
    const ended = againAndDown(context().rehearsal, done);
    await eventually(async () => {
      expect((await context().outside("nodes", "--json")).stdout).toMatch(/drain/i);
    });
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    await ended;
    expect(done.done.map(({ title, result }) => [title, result])).toEqual([
      [stepTitles.toGo[0], "changes nothing"],
      [stepTitles.toGo[1], "matches the state"],
      [stepTitles.toGo[2], expect.stringMatching(/^[1-9]\d* resources$/)],
    ]);
    expect(await parts("machine")).toEqual([]);
  });

  test.each([
    ["Buckets", "s3api", "list-buckets"],
    ["SecretList", "secretsmanager", "list-secrets"],
    ["Roles", "iam", "list-roles"],
    ["InstanceProfiles", "iam", "list-instance-profiles"],
    ["MetricAlarms", "cloudwatch", "describe-alarms"],
    ["logGroups", "logs", "describe-log-groups"],
    ["Addresses", "ec2", "describe-addresses"],
    ["Volumes", "ec2", "describe-volumes"],
    ["Vpcs[?!IsDefault]", "ec2", "describe-vpcs"],
  ])("after the removal of the stack, the AWS query %s returns an empty list", async (query, ...args) => {
    expect(await context().aws(...args, "--query", query)).toEqual([]);
  });

  test("removing the stack leaves only the hosted zone's NS and SOA records", async () => {
    const [zone] = await context().aws<string[]>("route53", "list-hosted-zones", "--query", "HostedZones[].Id");
    const listed = ["--hosted-zone-id", `${zone}`, "--query", "ResourceRecordSets[].Type"];
    const types = await context().aws<string[]>("route53", "list-resource-record-sets", ...listed);
    expect(types.sort()).toEqual(["NS", "SOA"]);
  });

  test("`npm run rehearse -- --stop` leaves no container and no folder; a second --stop reports that no rehearsal is up", async () => {
    expect(await parts()).not.toEqual([]);
    const number = context().rehearsal.workspace.number;
    expect(await context().command("--stop")).toMatchObject({ exitCode: 0 });
    expect(await partsOf(context().docker, number)).toEqual([]);
    expect(context().rehearsal.workspace.exists).toBe(false);
    const { exitCode, all } = await context().command("--stop");
    expect([exitCode, all]).toEqual([1, expect.stringContaining("no rehearsal of prod is up")]);
  });
}
