import type { Fleet } from "../../support/fleet";
import type { Entry } from "../../support/held-call";

/** Tests that clients that connect to different nodes and regions meet in one room. */
export function calls(context: () => Fleet): void {
  /** Returns the node on which both participants meet. A call only connects if they hear and see each other. */
  const meet = async (path: string, ...entries: readonly [Entry, Entry]) => {
    const call = await context().aws.holdCall(path, entries);
    const nodes = await context().nodesOf(await call.end());
    expect(nodes).toHaveLength(1);
    return nodes[0];
  };

  test("participants who join through different nodes of a region meet in one room on one of these nodes", async () => {
    const { through } = context();
    const entries = await Promise.all(["euc1-1", "euc1-2"].map((node) => through.call(context(), node)));
    expect(await meet("udp", ...(entries as [Entry, Entry]))).toMatch(/^euc1-[12]$/);
  });

  test.each([
    ["udp", "euc1", "use1"],
    ["turn-tls", "use1", "euc1"],
  ])("participants in two regions meet over %s in the first participant's region: %s", async (path, first, second) => {
    expect(await meet(path, context().near(first), context().near(second))).toMatch(new RegExp(`^${first}-[12]$`));
  });
}
