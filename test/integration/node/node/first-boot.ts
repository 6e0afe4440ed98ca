import type { Answer } from "../../../support/answer";
import type { TestNode } from "../../../support/test-node";

/**
 * Tests of a machine with the real user data, from its first boot.
 * @param first returns the node's answer to its first apply request
 */
export function firstBoot(context: () => TestNode, first: () => Answer): void {
  test("a machine with the real user data becomes the node that its bundle describes", async () => {
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

  test("every path carries media from outside, by name, through NAT", async () => {
    const { exitCode, all } = await context().smoke();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("restarts nothing if nothing changed", async () => {
    const before = await context().processes();
    expect(await context().apply()).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining("no running service had to be touched"),
    });
    expect(await context().processes()).toEqual(before);
  });
}
