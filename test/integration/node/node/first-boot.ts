import type { Answer } from "../../../support/answer";
import type { TestNode } from "../../../support/test-node";

/**
 * A machine of the real user data, from its first boot on.
 * @param first what its operator was told of its first apply
 */
export function firstBoot(context: () => TestNode, first: () => Answer): void {
  test("a machine with the real user data becomes the node that its bundle says", async () => {
    const { exitCode, all } = first();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("healthy")]);
    expect(await context().machine.booted()).toMatchObject({ system: "running", cloudInit: "done" });
    expect(Object.keys(await context().processes()).sort()).toEqual([
      "lk-coturn",
      "lk-livekit",
      "lk-livekit-redis",
      "lk-nginx",
    ]);
  });

  test("every path carries media from outside, by name, through the address translation", async () => {
    const { exitCode, all } = await context().smoke();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("nothing changed: nothing restarts", async () => {
    const before = await context().processes();
    expect(await context().apply()).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining("no running service had to be touched"),
    });
    expect(await context().processes()).toEqual(before);
  });
}
