import { eventually } from "../../../support/eventually";
import type { Fleet } from "../../../support/fleet";
import type { RunningCall } from "../../../support/running-call";
import { serviceProcesses } from "../../../support/service-processes";

/**
 * LiveKit's server tells clients to take it for dead after 15 s without an answer, and others take it for dead after 5 s: both
 * are constants of its code. Two busy cores and a first try that comes to the lost node take the rest.
 */
const powerMs = 40_000;
/** Here the connection is closed at once. */
const processMs = 20_000;
const flowsMs = 500;

/** A node that is gone without a drain. */
export function lostNode(subject: () => Fleet): void {
  /** Waits until the call's media flow on one of these nodes, and ends it. Returns how long they did not. */
  async function back(call: RunningCall, nodes: readonly string[], withinMs: number): Promise<number> {
    await eventually(async () => {
      const state = await call.state();
      const at = await subject().nodesOf(state);
      expect(at).toHaveLength(1);
      expect(nodes).toContain(at[0]);
      expect(state.silentMs).toBeLessThan(flowsMs);
      expect(state.interruptions).toBeGreaterThan(0);
    }, withinMs);
    return (await call.end()).longestGapMs;
  }

  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

  test("LiveKit is killed: its calls are back with media by themselves", async () => {
    const call = await subject().callOn("euc1-2");
    const machine = await subject().aws.machine("euc1-2");
    const { "inspire-lab-livekit": livekit } = await serviceProcesses(machine);
    await machine.run(["kill", "-KILL", `${livekit}`]);
    const gap = await back(call, ["euc1-1", "euc1-2"], processMs);
    console.log(`media are back ${seconds(gap)} after LiveKit was killed`);
  });

  test("its machine has lost its power: its calls are back on another node; it serves again once it has power", async () => {
    const call = await subject().callOn("euc1-2");
    const machine = await subject().aws.machine("euc1-2");
    await machine.stop({ graceSeconds: 0 });
    const gap = await back(call, ["euc1-1"], powerMs);
    console.log(`media are back ${seconds(gap)} after a node has lost its power`);
    await machine.start();
    await (await subject().callOn("euc1-2")).end();
  });
}
