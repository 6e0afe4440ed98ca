import type { Answer } from "../../../support/answer";
import type { TestNode } from "../../../support/test-node";

/**
 * Tests of a machine with the real user data, from its first boot.
 * @param first returns the node's answer to its first apply request
 */
export function firstBoot(context: () => TestNode, first: () => Answer): void {
  test("a machine boots with the node's user data and runs the services that its bundle describes", async () => {
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

  test("every path carries media to outside clients, which connect by DNS name and through NAT", async () => {
    const { exitCode, all } = await context().smoke();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("an apply of the same bundle restarts no service", async () => {
    const before = await context().processes();
    expect(await context().apply()).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining("no running service had to be touched"),
    });
    expect(await context().processes()).toEqual(before);
  });
}
