import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";
import { expectUnbrokenMedia } from "../../support/running-call";

/** Tests that replace the load balancers by DNS records of the nodes. */
export function records(context: () => Fleet): void {
  test("`up` replaces load balancers by DNS records without changing an instance or breaking a call, and every path carries media", async () => {
    const { aws } = context();
    const call = await context().callOn("euc1-1");
    await aws.set("loadBalancer", "dns");
    const steps = await aws.up();
    expect(steps.filter((step) => step.includes(" Instance "))).toEqual([]);
    expect(steps.filter((step) => /^create Record /.test(step))).toEqual(
      ["euc1-1", "euc1-2", "use1-1"].map((node) => `create Record ${node}-entry`),
    );
    // A client that had joined through a load balancer reconnects its signalling by a node's DNS record. Its media
    // continue.
    expectUnbrokenMedia(await call.end());
    const { exitCode, all } = await aws.outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("the region's DNS name omits a node that has lost power, so joins reach the other nodes", async () => {
    const machine = await context().aws.machine("euc1-2");
    const { dnsName = "" } = context().aws.rehearsal.plan.nodes.find(({ name }) => name === "euc1-2") ?? {};
    const [lost, since] = [await context().addressOf(dnsName), Date.now()];
    await machine.stop({ graceSeconds: 0 });
    const answers = async () =>
      (await context().aws.outsideShell(`for _ in 1 2 3 4 5 6 7 8; do getent ahostsv4 ${entry}; done`)).stdout;
    const entry = `euc1.${context().aws.rehearsal.plan.domain}`;
    await eventually(async () => expect(await answers()).not.toContain(lost));
    console.log(`a lost node is out of its region's name after ${((Date.now() - since) / 1000).toFixed(1)} s`);
    await machine.start();
  });
}
