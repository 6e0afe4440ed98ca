import { eventually } from "../../support/eventually";
import { drainTimeoutSeconds, type Fleet } from "../../support/fleet";
import { expectUnbrokenMedia } from "../../support/running-call";

/** The others forget the node: its address as a peer of their relays, which takes no restart, and by a name of its region. */
const ofOthers = [
  "update BucketObjectv2 euc1-1-bundle",
  "update BucketObjectv2 euc1-2-bundle",
  "update BucketObjectv2 use1-1-bundle",
  "update Command euc1-1-change",
  "update Command euc1-2-change",
  "update Command use1-1-change",
  "update Record turn-use1-name",
];

/** A node less in the second region, and another machine in the place of the one that stays there. */
export function fewer(context: () => Fleet): void {
  const drains = (node: string) =>
    eventually(async () => expect(context().aws.said(`${node}: draining livekit`)).toBe(true));

  test("a preview of a node less has what concerns the node alone", async () => {
    await context().become({ name: "eu-central-1", nodes: 2 }, { name: "us-east-1", nodes: 1 });
    const steps = await context().aws.previewSteps();
    const own = steps.filter((step) => /^delete \w+ use1-2\b/.test(step));
    expect(own).toContain("delete Instance use1-2-instance");
    expect(steps.filter((step) => !own.includes(step)).toSorted()).toEqual(ofOthers);
  });

  test("each machine goes once its own call has ended, or at the deadline, out of the entry before that; calls elsewhere go on", async () => {
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
    // Who had joined by way of another node than the room's signals by a third one from then on; the media do not notice.
    expectUnbrokenMedia(await stays.end());
    // Who was cut off and joins again comes to what is left.
    await (await context().callOn("use1-1")).end();
    expect(await aws.rehearsal.simulator.machine("use1-2")).toBeUndefined();
  });
}
