import type { Fleet } from "../../support/fleet";
import type { Entry } from "../../support/held-call";

/** Who comes to different nodes and regions meets in one room. */
export function calls(context: () => Fleet): void {
  /** The node that the two meet on; it is no call unless they hear and see each other. */
  const meet = async (path: string, ...entries: readonly [Entry, Entry]) => {
    const call = await context().aws.holdCall(path, entries);
    const nodes = await context().nodesOf(await call.end());
    expect(nodes).toHaveLength(1);
    return nodes[0];
  };

  test("two who come to different nodes of a region meet in one room, on one of the two", async () => {
    const { through } = context();
    const entries = await Promise.all(["euc1-1", "euc1-2"].map((node) => through.call(context(), node)));
    expect(await meet("udp", ...(entries as [Entry, Entry]))).toMatch(/^euc1-[12]$/);
  });

  test.each([
    ["udp", "euc1", "use1"],
    ["turn-tls", "use1", "euc1"],
  ])("two who come to different regions meet by %s, in the region of the first: %s", async (path, first, second) => {
    expect(await meet(path, context().near(first), context().near(second))).toMatch(new RegExp(`^${first}-[12]$`));
  });
}
