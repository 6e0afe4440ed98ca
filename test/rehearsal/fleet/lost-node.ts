import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";
import { serviceProcesses } from "../../support/service-processes";

/** Audio comes every 20 ms: a call that has had nothing for so long has no media. */
const flowsMs = 500;

/** A node whose LiveKit dies, and one whose machine loses its power. */
export function lostNode(context: () => Fleet): void {
  test("its calls are back with media by themselves after LiveKit was killed", async () => {
    const call = await context().callOn("euc1-2");
    const machine = await context().aws.machine("euc1-2");
    const { [`${context().aws.rehearsal.plan.namePrefix}-livekit`]: livekit } = await serviceProcesses(machine);
    await machine.run(["kill", "-KILL", `${livekit}`]);
    const silentMs = async () => (await call.state()).silentMs;
    await eventually(async () => expect(await silentMs()).toBeGreaterThan(flowsMs));
    await eventually(async () => expect(await silentMs()).toBeLessThan(flowsMs));
    const { longestGapMs } = await call.end();
    console.log(`media are back ${(longestGapMs / 1000).toFixed(1)} s after their LiveKit was killed`);
  });

  test("its calls are back with media on another node by themselves; it serves again once it has power", async () => {
    const call = await context().callOn("euc1-2");
    const machine = await context().aws.machine("euc1-2");
    await machine.stop({ graceSeconds: 0 });
    try {
      await eventually(async () => {
        const state = await call.state();
        expect(await context().nodesOf(state)).toEqual(["euc1-1"]);
        expect(state.silentMs).toBeLessThan(flowsMs);
      });
      const { longestGapMs } = await call.end();
      console.log(`media are back ${(longestGapMs / 1000).toFixed(1)} s after a node has lost its power`);
    } finally {
      await machine.start();
    }
    await (await context().callOn("euc1-2")).end();
  });
}
