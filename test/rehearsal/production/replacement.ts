import { eventually } from "../../support/eventually";
import type { Rehearsed } from "../../support/rehearsed";

/** Tests that replace a node's machine by another one. */
export function replacement(context: () => Rehearsed): void {
  const certificate = () => context().fingerprint(context().rehearsal.plan.apiName, 443);

  test("`up` replaces an instance after its call has ended, and keeps its DNS names, address and certificate", async () => {
    const before = { addresses: await context().addresses(), certificate: await certificate() };
    const call = await context().holdCall("udp");
    await context().set("regions[0].instanceType", "c7i.xlarge");
    const replaced = context().up();
    await eventually(async () => expect(context().said("euc1-1: draining livekit")).toBe(true));
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    const order = (await replaced).filter((step) =>
      /^(delete|create)-.* (Instance|EipAssociation|Command) /.test(step),
    );
    expect(order).toEqual([
      "delete-replaced Command euc1-1-change",
      "delete-replaced EipAssociation euc1-1-association",
      "delete-replaced Instance euc1-1-instance",
      "create-replacement Instance euc1-1-instance",
      "create-replacement EipAssociation euc1-1-association",
      "create-replacement Command euc1-1-change",
    ]);
    expect({ addresses: await context().addresses(), certificate: await certificate() }).toEqual(before);
    const { exitCode, all } = await context().outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.any(String)]);
  });
}
