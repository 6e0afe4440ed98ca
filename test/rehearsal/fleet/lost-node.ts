import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";
import { serviceProcesses } from "../../support/service-processes";

/**
 * LiveKit's server tells clients to take it for dead after 15 s without an answer, and others take it for dead after 5 s: both
 * are constants of its code. Two busy cores and a first try that comes to the lost node take the rest: half a minute, as
 * docs/aws.md says.
 */
const backMs = 30_000;
const flowsMs = 500;

/** A node whose LiveKit dies, and one whose machine loses its power. */
export function lostNode(subject: () => Fleet): void {
  test("its calls are back with media by themselves after LiveKit was killed", async () => {
    const call = await subject().callOn("euc1-2");
    const machine = await subject().aws.machine("euc1-2");
    const { [`${subject().aws.rehearsal.plan.namePrefix}-livekit`]: livekit } = await serviceProcesses(machine);
    await machine.run(["kill", "-KILL", `${livekit}`]);
    const silentMs = async () => (await call.state()).silentMs;
    await eventually(async () => expect(await silentMs()).toBeGreaterThan(flowsMs), backMs);
    await eventually(async () => expect(await silentMs()).toBeLessThan(flowsMs), backMs);
    const { longestGapMs } = await call.end();
    expect(longestGapMs).toBeLessThan(backMs);
    console.log(`media are back ${(longestGapMs / 1000).toFixed(1)} s after their LiveKit was killed`);
  });

  test("its calls are back with media on another node by themselves; it serves again once it has power", async () => {
    const call = await subject().callOn("euc1-2");
    const machine = await subject().aws.machine("euc1-2");
    await machine.stop({ graceSeconds: 0 });
    try {
      await eventually(async () => {
        const state = await call.state();
        expect(await subject().nodesOf(state)).toEqual(["euc1-1"]);
        expect(state.silentMs).toBeLessThan(flowsMs);
      }, backMs);
      const { longestGapMs } = await call.end();
      expect(longestGapMs).toBeLessThan(backMs);
      console.log(`media are back ${(longestGapMs / 1000).toFixed(1)} s after a node has lost its power`);
    } finally {
      await machine.start();
    }
    await (await subject().callOn("euc1-2")).end();
  });
}
