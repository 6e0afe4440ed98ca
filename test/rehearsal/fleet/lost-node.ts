import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";
import { serviceProcesses } from "../../support/service-processes";

/** Audio sends a packet every 20 ms, so a call without packets for this long has no media. */
const flowsMs = 500;

/** Tests of a node whose LiveKit is killed, and of a node that loses power. */
export function lostNode(context: () => Fleet): void {
  test("calls resume by themselves after LiveKit is killed", async () => {
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

  test("calls of a node that loses power resume on another node, and the node serves again once it has power", async () => {
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
