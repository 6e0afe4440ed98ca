import type { Rehearsed } from "../../../support/rehearsed";

/** From nothing to media, and nothing more to do. */
export function whole(subject: () => Rehearsed): void {
  test("`up` from nothing makes a node that carries media over every path, from outside and by name", async () => {
    const steps = await subject().up();
    expect(steps).toContain("create Instance euc1-1-instance");
    const { exitCode, all } = await subject().outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("a second `up` changes nothing, and a refresh finds what the state says", async () => {
    expect(await subject().up()).toEqual([]);
    expect(await subject().refresh()).toEqual([]);
    expect(await subject().up()).toEqual([]);
  });

  test("doctor finds nothing wrong, and the node says that it is healthy", async () => {
    const doctor = await subject().outside("doctor");
    expect([doctor.exitCode, doctor.all]).toEqual([0, expect.not.stringContaining("failed")]);
    const nodes = await subject().outside("nodes", "--json");
    expect(JSON.parse(nodes.stdout)).toEqual([expect.objectContaining({ node: "euc1-1", status: "healthy" })]);
  });
}
