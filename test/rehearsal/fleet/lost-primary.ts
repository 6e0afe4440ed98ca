import { eventually } from "../../support/eventually";
import { FailingAccount, regionLost } from "../../support/failing-account";
import type { Fleet } from "../../support/fleet";
import { expectUnbrokenMedia } from "../../support/running-call";

/** Time limit from the loss of the primary region until joins work again, as docs/aws.md states for rehearsals. */
const movedMs = 300_000;

/** Tests of the loss of the primary region, which has Redis, bucket and secrets, with all its nodes and AWS APIs. */
export function lostPrimary(context: () => Fleet): void {
  const region = "eu-central-1";
  const near = () => context().near("use1");
  const joined = async () => (await context().aws.holdCall("udp", [near(), near()])).end();

  /**
   * Deletes the secrets in the lost region. The simulated loss blocks only the calls of Pulumi's engine, so machines
   * could still read the secrets.
   */
  async function emptySecrets(): Promise<void> {
    const named = (action: string, ...args: readonly string[]) =>
      context().aws.aws<string[]>("secretsmanager", action, "--region", region, ...args);
    for (const name of await named("list-secrets", "--query", "SecretList[].Name")) {
      await named("delete-secret", "--secret-id", name, "--force-delete-without-recovery", "--query", "[Name]");
    }
  }

  /** Returns the names of the zone's records for this region. */
  async function ledTo(): Promise<string[]> {
    const { aws } = context();
    const [zone] = await aws.aws<string[]>("route53", "list-hosted-zones", "--query", "HostedZones[].Id");
    const query = "ResourceRecordSets[?SetIdentifier=='euc1'].Name";
    return aws.aws("route53", "list-resource-record-sets", "--hosted-zone-id", `${zone}`, "--query", query);
  }

  test("without the primary region, calls in other regions continue; joins fail until the guide's steps make another region primary", async () => {
    const { aws } = context();
    await aws.set("protect", "true");
    await aws.up();
    const call = await context().callOn("use1-1");
    const since = Date.now();
    const account = await FailingAccount.before(aws.rehearsal.simulator.awsEndpointUrl);
    let moved: ReturnType<typeof aws.upInItsOwnProcess> | undefined;
    try {
      account.lose(region);
      for (const node of ["euc1-1", "euc1-2"]) await (await aws.machine(node)).stop({ graceSeconds: 0 });
      await (await context().cache())?.stop();
      await emptySecrets();
      await eventually(() => expect(joined()).rejects.toThrow());
      const { packets } = await call.state();
      await eventually(async () => expect((await call.state()).packets).toBeGreaterThan(packets));
      const held = await call.end();
      expect(held.interruptions).toBe(0);
      expectUnbrokenMedia(held);

      expect(await aws.shell("pulumi state unprotect --all --yes")).toMatchObject({ exitCode: 0 });
      await context().become({ name: "us-east-1", nodes: 1, instanceType: "c7i.xlarge", primary: true });
      moved = aws.upInItsOwnProcess(account.url, "--continue-on-error");
      await eventually(joined, movedMs - (Date.now() - since));
      console.log(`joins work ${((Date.now() - since) / 60_000).toFixed(1)} min after the primary region was lost`);
      const { exitCode, all } = await moved;
      expect([exitCode, all]).toEqual([1, expect.stringContaining(regionLost)]);
      expect(all).toContain("use1-1: healthy");
      expect(await ledTo()).toEqual([`${aws.rehearsal.plan.turnName}.`]);
    } finally {
      account.close();
      await moved;
    }
  });
}
