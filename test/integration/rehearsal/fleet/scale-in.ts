import { eventually } from "../../../support/eventually";
import type { Fleet } from "../../../support/fleet";

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

/** Two busy cores hold audio up for longer than its 20 ms; a client that connects anew takes longer than this. */
const gapMs = 2000;

/** A node less in the second region. */
export function scaleIn(subject: () => Fleet): void {
  test("a preview has what concerns the node alone", async () => {
    await subject().become({ name: "eu-central-1", nodes: 2 }, { name: "us-east-1", nodes: 1 });
    const steps = await subject().aws.previewSteps();
    const own = steps.filter((step) => /^delete \w+ use1-2\b/.test(step));
    expect(own).toContain("delete Instance use1-2-instance");
    expect(steps.filter((step) => !own.includes(step)).toSorted()).toEqual(ofOthers);
  });

  test("calls on other nodes go on, and the node goes once its own call has ended", async () => {
    const { aws } = subject();
    const stays = await Promise.all(["euc1-1", "use1-1"].map((node) => subject().callOn(node)));
    const goes = await subject().callOn("use1-2");
    const changed = aws.up();
    await eventually(async () => expect(aws.said("use1-2: draining livekit")).toBe(true), 120_000);
    expect(await goes.end()).toMatchObject({ interruptions: 0 });
    expect(await changed).toContain("delete Instance use1-2-instance");
    // Who had joined by way of the node signals by another one from then on; the media do not notice.
    for (const call of stays) expect((await call.end()).longestGapMs).toBeLessThan(gapMs);
    expect(await aws.rehearsal.ground.machine("use1-2")).toBeUndefined();
  });
}
