import { eventually } from "../../../support/eventually";
import type { Fleet } from "../../../support/fleet";

/** A load balancer's two bad checks, ten seconds apart, and as many good ones. */
const noticedMs = 90_000;

/** A region that does not reach the other one, where Redis is. */
export function lostRegion(subject: () => Fleet): void {
  /** Where somebody's room is who joins by the one name. */
  const lands = async () => {
    const { aws } = subject();
    const call = await aws.holdCall("udp");
    const [node] = await subject().nodesOf(await call.end());
    return node;
  };

  test("its calls and the primary one's go on; its users land in the primary one, until it is back", async () => {
    const { ground, plan } = subject().aws.rehearsal;
    const [primary, other] = plan.regions;
    await ground.nearest("us-east-1");
    const calls = await Promise.all(["euc1-1", "use1-1"].map((node) => subject().callOn(node)));
    await ground.separate(primary.cidr, other?.cidr ?? "");
    const cut = Date.now();
    await eventually(async () => expect(await lands()).toMatch(/^euc1-/), noticedMs);
    const moved = Date.now();
    await ground.reunite();
    await eventually(async () => expect(await lands()).toMatch(/^use1-/), noticedMs);
    console.log(
      `new users land in the other region after ${(moved - cut) / 1000} s, back after ${(Date.now() - moved) / 1000} s`,
    );
    for (const call of calls) {
      const held = await call.end();
      console.log(JSON.stringify(held));
      expect(held).toMatchObject({ interruptions: 0 });
    }
  });
}
