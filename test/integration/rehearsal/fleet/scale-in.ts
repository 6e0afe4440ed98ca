import { eventually } from "../../../support/eventually";
import type { Fleet } from "../../../support/fleet";

/** A node less in the second region. */
export function scaleIn(subject: () => Fleet): void {
  const one = [
    { name: "eu-central-1", nodes: 2 },
    { name: "us-east-1", nodes: 1 },
  ] as const;

  test("a preview names what concerns the node alone", async () => {
    await subject().become(...one);
    const steps = await subject().aws.previewSteps();
    console.log(steps.join("\n"));
    const others = steps.filter((step) => !step.startsWith("delete ") || !step.includes(" use1-2"));
    expect(others).toEqual(["update Record turn-use1-name"]);
  });

  test("calls on other nodes go on, and the node goes once its own call has ended", async () => {
    const { aws } = subject();
    const [stays, goes] = await Promise.all(["use1-1", "use1-2"].map((node) => subject().callOn(node)));
    const changed = aws.up();
    await eventually(
      async () => expect((await aws.operator("nodes", "--node", "use1-2")).all).toMatch(/drain/i),
      60_000,
    );
    expect(await goes?.end()).toMatchObject({ interruptions: 0 });
    const steps = await changed;
    expect(steps).toContain("delete Instance use1-2-instance");
    expect(await stays?.end()).toMatchObject({ interruptions: 0 });
  });
}
