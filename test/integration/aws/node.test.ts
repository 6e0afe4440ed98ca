import { groundSuite } from "../../support/ground-suite";
import { TestNode } from "../../support/test-node";

jest.setTimeout(900_000);

let node: TestNode;

groundSuite("a production node", () => {
  beforeAll(async () => {
    node = await TestNode.launch(21);
  });

  afterAll(() => node?.remove());

  test("a machine with the real user data becomes the node that its bundle says", async () => {
    const { exitCode, all } = await node.apply();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("healthy")]);
    expect(await node.machine.booted()).toMatchObject({ system: "running", cloudInit: "done" });
    expect(Object.keys(await node.processes()).sort()).toEqual([
      "lk-coturn",
      "lk-livekit",
      "lk-livekit-redis",
      "lk-nginx",
    ]);
  });

  test("every path carries media from outside, by name, through the address translation", async () => {
    const { exitCode, all } = await node.smoke();
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("nothing changed: nothing restarts", async () => {
    const before = await node.processes();
    expect(await node.apply()).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining("no running service had to be touched"),
    });
    expect(await node.processes()).toEqual(before);
  });
});
