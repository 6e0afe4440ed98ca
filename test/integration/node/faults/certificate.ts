import { X509Certificate } from "node:crypto";
import { renewalPercent } from "../../../../model/certificate-renewal";
import { metricsNamespace, secretNames } from "../../../../templates/node/bundle";
import { agedCertificate } from "../../../support/aged-certificate";
import { goldenInputs } from "../../../support/golden";
import type { TestNode } from "../../../support/test-node";
import { journal, serials, serves } from "./tools";

const renewalMetric = "CertificateRenewalPercentLeft";
/** As the program makes it for the example stack. */
const renewalAlarm = goldenInputs("prod", "euc1-1-certificate-alarm");

/** A certificate authority that is away when a renewal is due. */
export function certificateFaults(subject: () => TestNode): void {
  const onMachine = (...command: readonly string[]) => subject().machine.run(command);

  test("the alarm goes off below a share of the time for a renewal, and when the node is silent", () => {
    expect(renewalAlarm).toMatchObject({
      metricName: renewalMetric,
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      threshold: renewalPercent,
      treatMissingData: "breaching",
    });
  });

  test("while no certificate can be had the one in use stays, the alarm is told, and the next one is only reloaded", async () => {
    const aws = await subject().aws();
    const { certificate } = secretNames(subject().plan.namePrefix);
    const named = ["--secret-id", certificate];
    const { SecretString: good } = await aws.call<{ SecretString: string }>(
      ...["secretsmanager", "get-secret-value", ...named],
    );
    const before = { processes: await subject().processes(), serials: await serials(subject()) };
    await onMachine("systemctl", "start", "livekit-certificate.service");
    expect(await renewalPercentLeft(subject())).toBeGreaterThanOrEqual(renewalAlarm.threshold);
    const old = await agedCertificate(subject().plan.certificateNames, { lifeDays: 45, daysLeft: 3 });

    // Renewal is due, and certbot has none of its own to fall back on.
    await onMachine("rm", "-rf", "/var/lib/livekit/certbot");
    await subject().ground.cut("acme");
    try {
      await aws.call("secretsmanager", "put-secret-value", ...named, "--secret-string", JSON.stringify(old));
      await onMachine("systemctl", "start", "livekit-certificate.service");
      expect(await serials(subject())).toEqual(both(new X509Certificate(old.chain).serialNumber));
      expect(await journal(subject(), "livekit-certificate")).toMatch(
        /the certificate of 3 more days stays in use: .*gave no certificate/,
      );
      // Of the last 15 days.
      const left = await renewalPercentLeft(subject());
      expect(left).toBeCloseTo(20, 0);
      expect(left).toBeLessThan(renewalAlarm.threshold);
    } finally {
      await subject().ground.mend("acme");
    }

    await aws.call("secretsmanager", "put-secret-value", ...named, "--secret-string", good);
    await onMachine("systemctl", "start", "livekit-certificate.service");
    expect(await serials(subject())).toEqual(before.serials);
    expect(await subject().processes()).toEqual(before.processes);
    await serves(subject());
  });

  test("a certificate whose secret is lost is put back, whether an authority is there or not", async () => {
    const aws = await subject().aws();
    const named = ["--secret-id", secretNames(subject().plan.namePrefix).certificate];
    const kept = async () =>
      JSON.parse(
        (await aws.call<{ SecretString: string }>("secretsmanager", "get-secret-value", ...named)).SecretString,
      );
    const before = { secret: await kept(), serials: await serials(subject()) };
    // As the program makes it anew.
    await aws.call("secretsmanager", "delete-secret", ...named, "--force-delete-without-recovery");
    await aws.call("secretsmanager", "create-secret", "--name", named[1] ?? "");
    await onMachine("rm", "-rf", "/var/lib/livekit/certbot");
    await subject().ground.cut("acme");
    try {
      await onMachine("systemctl", "start", "livekit-certificate.service");
    } finally {
      await subject().ground.mend("acme");
    }
    expect({ secret: await kept(), serials: await serials(subject()) }).toEqual(before);
  });
}

const both = (number: string) => [number, number];

/** What CloudWatch was last told, the least of the last minutes. */
async function renewalPercentLeft(node: TestNode): Promise<number> {
  const aws = await node.aws();
  const span = [new Date(Date.now() - 600_000), new Date(Date.now() + 60_000)].map((time) => time.toISOString());
  const { Datapoints } = await aws.call<{ Datapoints: { Minimum: number }[] }>(
    ...["cloudwatch", "get-metric-statistics", "--namespace", metricsNamespace(node.plan.namePrefix)],
    ...["--metric-name", renewalMetric, "--dimensions", `Name=Node,Value=${node.node.name}`],
    ...["--start-time", span[0] ?? "", "--end-time", span[1] ?? "", "--period", "60", "--statistics", "Minimum"],
  );
  return Math.min(...Datapoints.map(({ Minimum }) => Minimum));
}
