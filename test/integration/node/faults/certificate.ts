import { X509Certificate } from "node:crypto";
import { renewalPercent } from "../../../../model/certificate-renewal";
import { CloudWatchClient, GetMetricStatisticsCommand } from "../../../../packages/aws-simulator/sdk/cloudwatch";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "../../../../packages/aws-simulator/sdk/secrets-manager";
import { metricsNamespace, secretNames } from "../../../../templates/node/bundle";
import { agedCertificate } from "../../../support/aged-certificate";
import { goldenInputs } from "../../../support/golden";
import type { TestNode } from "../../../support/test-node";
import { journal, serials, serves } from "./tools";

const renewalMetric = "CertificateRenewalPercentLeft";
/** The alarm as the program creates it for the example stack. */
const renewalAlarm = goldenInputs("prod", "euc1-1-certificate-alarm");

/** Tests of a renewal that is due while the certificate authority is unavailable. */
export function certificateErrors(context: () => TestNode): void {
  const onMachine = (...command: readonly string[]) => context().machine.run(command);

  test("the certificate alarm fires if the renewal window's remaining percentage is below the threshold or the metric is missing", () => {
    expect(renewalAlarm).toMatchObject({
      metricName: renewalMetric,
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      threshold: renewalPercent,
      treatMissingData: "breaching",
    });
  });

  test("while the CA is unavailable, the node serves the old certificate and reports its days left; a new certificate restarts no service", async () => {
    const manager = new SecretsManagerClient(context().awsOptions);
    const { certificate: SecretId } = secretNames(context().plan.namePrefix);
    const { SecretString: good } = await manager.send(new GetSecretValueCommand({ SecretId }));
    const before = { processes: await context().processes(), serials: await serials(context()) };
    await onMachine("systemctl", "start", "livekit-certificate.service");
    expect(await renewalPercentLeft(context())).toBeGreaterThanOrEqual(renewalAlarm.threshold);
    const old = await agedCertificate(context().plan.certificateNames, { lifeDays: 45, daysLeft: 3 });

    // The renewal is due, and certbot has no certificate of its own as a fallback.
    await onMachine("rm", "-rf", "/var/lib/livekit/certbot");
    await context().simulator.cut("acme");
    try {
      await manager.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(old) }));
      await onMachine("systemctl", "start", "livekit-certificate.service");
      expect(await serials(context())).toEqual(both(new X509Certificate(old.chain).serialNumber));
      expect(await journal(context(), "livekit-certificate")).toMatch(
        /the certificate of 3 more days stays in use: .*issued no certificate/,
      );
      // The renewal window is the certificate's last 15 days. The metric is the percentage of that window that is left.
      const left = await renewalPercentLeft(context());
      expect(left).toBeCloseTo(20, 0);
      expect(left).toBeLessThan(renewalAlarm.threshold);
    } finally {
      await context().simulator.restore("acme");
    }

    await manager.send(new PutSecretValueCommand({ SecretId, SecretString: good }));
    await onMachine("systemctl", "start", "livekit-certificate.service");
    expect(await serials(context())).toEqual(before.serials);
    expect(await context().processes()).toEqual(before.processes);
    await serves(context());
  });

  test("the node writes its certificate to a secret that was deleted and recreated, even if the CA is unavailable", async () => {
    const manager = new SecretsManagerClient(context().awsOptions);
    const { certificate: SecretId } = secretNames(context().plan.namePrefix);
    const kept = async () =>
      JSON.parse((await manager.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? "");
    const before = { secret: await kept(), serials: await serials(context()) };
    // Recreates the secret as the program does.
    await manager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await manager.send(new CreateSecretCommand({ Name: SecretId }));
    await onMachine("rm", "-rf", "/var/lib/livekit/certbot");
    await context().simulator.cut("acme");
    try {
      await onMachine("systemctl", "start", "livekit-certificate.service");
    } finally {
      await context().simulator.restore("acme");
    }
    expect({ secret: await kept(), serials: await serials(context()) }).toEqual(before);
  });
}

const both = (number: string) => [number, number];

/** Returns the minimum of CloudWatch's latest values of the renewal metric. */
async function renewalPercentLeft(node: TestNode): Promise<number> {
  const { Datapoints = [] } = await new CloudWatchClient(node.awsOptions).send(
    new GetMetricStatisticsCommand({
      Namespace: metricsNamespace(node.plan.namePrefix),
      MetricName: renewalMetric,
      Dimensions: [{ Name: "Node", Value: node.node.name }],
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 60,
      Statistics: ["Minimum"],
    }),
  );
  return Math.min(...Datapoints.map(({ Minimum = Number.NaN }) => Minimum));
}
