import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";

/** Tests of a region that is cut off from the other one, where Redis is. */
export function lostRegion(context: () => Fleet): void {
  /**
   * Waits until a client that joins by the stack's name gets a room in this region. Returns the seconds that it took.
   */
  const land = async (code: string): Promise<string> => {
    const since = Date.now();
    await eventually(async () => {
      const call = await context().aws.holdCall("udp");
      const [node] = await context().nodesOf(await call.end());
      expect(node).toMatch(new RegExp(`^${code}-`));
    });
    return ((Date.now() - since) / 1000).toFixed(1);
  };

  test("calls in two separated regions continue; new users join in the primary region until the regions are connected again", async () => {
    const { simulator, plan } = context().aws.rehearsal;
    const [primary, other] = plan.regions;
    await simulator.nearest(other?.name ?? "");
    await land("use1");
    const entries = [context().near("euc1"), context().near("use1")] as const;
    const calls = await Promise.all(entries.map((entry) => context().aws.holdCall("udp", [entry, entry])));
    await simulator.separate(primary.cidr, other?.cidr ?? "");
    const gone = await land("euc1");
    await simulator.reunite();
    console.log(
      `users come in elsewhere ${gone} s after their region is lost, and again ${await land("use1")} s after it is back`,
    );
    for (const call of calls) expect(await call.end()).toMatchObject({ interruptions: 0 });
  });
}
