import { eventually } from "../../support/eventually";
import { drainTimeoutSeconds, type Fleet } from "../../support/fleet";
import { expectUnbrokenMedia } from "../../support/running-call";

/**
 * Changes of other nodes' resources. Each remaining node removes the node from its relay's peers, which restarts no
 * service. The TURN record of the removed node's region loses one address.
 */
const ofOthers = [
  "update BucketObjectv2 euc1-1-bundle",
  "update BucketObjectv2 euc1-2-bundle",
  "update BucketObjectv2 use1-1-bundle",
  "update Command euc1-1-change",
  "update Command euc1-2-change",
  "update Command use1-1-change",
  // An alarm of a region with a single node waits longer before it fires.
  "update MetricAlarm use1-https-unserved-alarm",
  "update Record turn-use1-name",
];

/** Tests that remove one node of the second region and replace the node that remains there. */
export function fewer(context: () => Fleet): void {
  const drains = (node: string) =>
    eventually(async () => expect(context().aws.said(`${node}: draining livekit`)).toBe(true));

  test("a preview shows only the changes that the removed node causes", async () => {
    await context().become({ name: "eu-central-1", nodes: 2 }, { name: "us-east-1", nodes: 1 });
    const steps = await context().aws.previewSteps();
    const own = steps.filter((step) => /^delete \w+ use1-2\b/.test(step));
    expect(own).toContain("delete Instance use1-2-instance");
    expect(steps.filter((step) => !own.includes(step)).toSorted()).toEqual(ofOthers);
  });

  test("`up` deregisters each removed node, drains it until its call ends or the drain times out, and deletes it; other calls continue", async () => {
    const { aws } = context();
    await context().become(
      { name: "eu-central-1", nodes: 2 },
      { name: "us-east-1", nodes: 1, instanceType: "c7i.xlarge" },
    );
    const stays = await context().callOn("euc1-1");
    const [replaced, goes] = [await context().callOn("use1-1"), await context().callOn("use1-2")];
    const changed = aws.up();
    await drains("use1-1");
    expect(await replaced.end()).toMatchObject({ interruptions: 0 });
    await drains("use1-2");
    await eventually(async () => expect((await goes.state()).addresses).toEqual(["none", "none"]));
    expect(aws.said(`use1-2: draining livekit: 30 of ${drainTimeoutSeconds} s at most`)).toBe(true);
    const [left, steps] = [await goes.end(), await changed];
    expect(left.packets).toBeGreaterThan(100);
    expect(
      steps.filter((step) => /^\S+-\S+ (Instance|EipAssociation|Command|TargetGroupAttachment) use1-1/.test(step)),
    ).toEqual([
      "delete-replaced TargetGroupAttachment use1-1-https-target",
      "delete-replaced Command use1-1-change",
      "delete-replaced EipAssociation use1-1-association",
      "delete-replaced Instance use1-1-instance",
      "create-replacement Instance use1-1-instance",
      "create-replacement EipAssociation use1-1-association",
      "create-replacement Command use1-1-change",
      "create-replacement TargetGroupAttachment use1-1-https-target",
    ]);
    expect(steps).toContain("delete Instance use1-2-instance");
    // A client that had joined through a removed node reconnects its signalling through another node. Its media
    // continue.
    expectUnbrokenMedia(await stays.end());
    // A client that was cut off joins again on a remaining node.
    await (await context().callOn("use1-1")).end();
    expect(await aws.rehearsal.simulator.machine("use1-2")).toBeUndefined();
  });
}
