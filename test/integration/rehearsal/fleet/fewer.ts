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

/** A node less in the second region. */
export function fewer(subject: () => Fleet): void {
  test("a preview of a node less has what concerns the node alone", async () => {
    await subject().become({ name: "eu-central-1", nodes: 2 }, { name: "us-east-1", nodes: 1 });
    const steps = await subject().aws.previewSteps();
    const own = steps.filter((step) => /^delete \w+ use1-2\b/.test(step));
    expect(own).toContain("delete Instance use1-2-instance");
    expect(steps.filter((step) => !own.includes(step)).toSorted()).toEqual(ofOthers);
  });
}
