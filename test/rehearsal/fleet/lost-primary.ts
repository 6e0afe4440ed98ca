import { eventually } from "../../support/eventually";
import { FailingAccount, regionLost } from "../../support/failing-account";
import type { Fleet } from "../../support/fleet";

/** LiveKit finds out within 4 s that Redis is away. */
const noticedMs = 30_000;
const flowsMs = 1500;
/** Until a node has moved and is led to: docs/aws.md says so. */
const movedMs = 300_000;

/** The region with Redis, bucket and secrets is lost with all its nodes, and with what manages it. */
export function lostPrimary(subject: () => Fleet): void {
  test("running calls elsewhere go on without it; nobody can join until it has moved, as the guide says", async () => {
    const { aws } = subject();
    const { ground } = aws.rehearsal;
    const anywhere = subject().anywhere();
    const joined = async () => (await aws.holdCall("udp", [anywhere, anywhere])).end();
    const call = await subject().callOn("use1-1");
    const since = Date.now();
    const account = await FailingAccount.before(ground.awsEndpointUrl);
    try {
      account.lose("eu-central-1");
      for (const node of ["euc1-1", "euc1-2"]) await (await aws.machine(node)).stop({ graceSeconds: 0 });
      await (await subject().cache())?.stop();
      await eventually(() => expect(joined()).rejects.toThrow(), noticedMs);
      expect((await call.state()).silentMs).toBeLessThan(flowsMs);
      expect((await call.end()).interruptions).toBe(0);

      await subject().become({ name: "us-east-1", nodes: 1, instanceType: "c7i.xlarge", primary: true });
      const moved = aws.upInItsOwnProcess(account.url, "--continue-on-error");
      await eventually(joined, movedMs);
      console.log(
        `joins work again ${((Date.now() - since) / 60_000).toFixed(1)} min after the primary region was lost`,
      );
      const { exitCode, all } = await moved;
      expect([exitCode, all]).toEqual([1, expect.stringContaining(regionLost)]);
      expect(all).toContain("use1-1: healthy");
    } finally {
      account.close();
    }
  });
}
