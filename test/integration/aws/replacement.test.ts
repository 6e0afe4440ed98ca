import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsOnEngine } from "../../support/aws-engine";
import { suite } from "../../support/provider-stack";
import { configureAws, testRegion, testSecrets } from "../../support/settings";

const firstScript = readFileSync(join(__dirname, "../../support/first-request.sh"), "utf8");
const regions = (change: object) => ({ regions: JSON.stringify([{ ...testRegion, ...change }]) });

suite("the AWS program for one node, on Pulumi's real engine", () => {
  let aws: AwsOnEngine;

  beforeAll(async () => {
    aws = await AwsOnEngine.open();
  });
  afterAll(() => aws?.remove());

  /** Selects the requests to the node and the steps of its instance and its Elastic IP association. */
  const ofNode = (steps: readonly string[]) => steps.filter((step) => /^euc1-1 |Instance |EipAssociation /.test(step));

  test("passes the policy pack; the policy pack rejects a violation before Pulumi creates a resource", async () => {
    // The IAM and bucket policies refer to resources that do not exist yet. So the policy pack can only check them
    // during the update.
    const late = [
      "advisory bucket-own: bundles-tls",
      ...["iam-actions", "iam-resources"].flatMap((rule) =>
        ["bundles-tls", "euc1-1-policy"].map((policy) => `advisory ${rule}: ${policy}`),
      ),
    ];
    expect(await aws.validated()).toEqual({ found: late, passed: true, made: [] });
    const { SecurityGroupIngressRule } = require("@pulumi/aws/vpc") as typeof import("@pulumi/aws/vpc");
    const ssh = { region: "eu-central-1", securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 22, toPort: 22 };
    const { found, ...outcome } = await aws.validated(
      () => new SecurityGroupIngressRule("ssh", { ...ssh, cidrIpv4: "0.0.0.0/0", description: "for a moment" }),
    );
    expect(outcome).toEqual({ passed: false, made: [] });
    expect(found).toEqual(expect.arrayContaining(["mandatory no-remote-shell: ssh", "mandatory port-table: ssh"]));
  });

  test("sends the node its apply request once the instance has its address", async () => {
    const steps = await aws.up();
    expect(ofNode(steps)).toEqual([
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      "euc1-1 apply",
    ]);
    expect(steps.indexOf("create SecretVersion euc1-keys-version")).toBeLessThan(steps.indexOf("euc1-1 apply"));
  });

  test("changes nothing if the settings are unchanged, even if AWS has a newer Debian image or other availability zones", async () => {
    expect(await aws.up()).toEqual([]);
    aws.account({
      images: { amd64: "ami-00000000000000002", arm64: "ami-0000000000000a002" },
      zones: ["eu-central-1c", "eu-central-1a"],
    });
    expect(await aws.up()).toEqual([]);
  });

  test("updates the change command of a stack from release 0.1.0 in place; the node applies the same bundle without a drain", async () => {
    const { interpreter } = (await aws.inputsOf("euc1-1-change")) as { interpreter: string[] };
    await aws.rewriteState((state) =>
      state.replaceAll(JSON.stringify(interpreter[2]), () => JSON.stringify(firstScript)),
    );
    expect(await aws.stateHas(JSON.stringify(firstScript))).toBe(true);
    expect(await aws.up()).toEqual(["euc1-1 apply"]);
    expect(await aws.inputsOf("euc1-1-change")).toMatchObject({ interpreter });
  });

  test("shows the effect of a change on each service in a preview", async () => {
    await aws.configure({ images: '{"nginx": "nginx:1.31.0"}' });
    const nginx = await aws.previewedVariables();
    expect(Object.keys(nginx).sort()).toEqual(["BUNDLE", "NGINX", "SHA256"]);
    await aws.configure({ room: '{"maxParticipants": 9}' });
    const { LIVEKIT = "", ...others } = await aws.previewedVariables();
    expect(LIVEKIT).toMatch(/^changePolicy=drain drainTimeoutSeconds=1800 mayHaveOthers=false /);
    expect(Object.keys(others).sort()).toEqual(["BUNDLE", "SHA256"]);
    const { lines, impact } = await aws.preview();
    expect(lines[0]).toContain("Calls at risk on euc1-1: LiveKit drains: no new rooms for up to 1800 s");
    expect(impact.services).toMatchObject([{ where: "euc1-1", service: "livekit", action: "restarts" }]);
    expect(impact.size?.after).toEqual(impact.size?.before);
    expect(ofNode(await aws.up())).toEqual(["euc1-1 apply"]);
  });

  test("delivers new secrets in a new secret version and keeps secrets out of state and output", async () => {
    await aws.configure({});
    await aws.up();
    const apiSecret = "planted-new-secret-0123456789abcdef";
    await aws.configure({ apiSecret });
    expect(Object.keys(await aws.previewedVariables())).toEqual(["SECRETS"]);
    const { lines, printed } = await aws.preview();
    expect(lines[0]).toContain("Replaces secrets without a rotation");
    expect(printed).not.toContain(apiSecret);
    expect(ofNode(await aws.up())).toEqual(["euc1-1 apply"]);
    const { metricsPassword } = configureAws({ apiSecret }).secrets;
    const planted = Object.values(testSecrets).filter((value) => value.startsWith("planted"));
    for (const secret of [apiSecret, metricsPassword, ...planted]) {
      expect(aws.shows(secret)).toBe(false);
    }
    await aws.configure({});
    await aws.up();
  });

  test("drains the node, disassociates its address and terminates its instance before it creates a replacement from the newest image", async () => {
    expect(await aws.inputsOf("euc1-1-instance")).toMatchObject({ ami: "ami-00000000000000001" });
    await aws.configure({ ...regions({ instanceType: "c7g.large" }), apiIngress: "vpc" });
    const { lines, impact } = await aws.preview();
    expect(lines[0]).toMatch(
      /Calls at risk on euc1-1: LiveKit drains: .*; then the node is away until another instance serves/,
    );
    expect(lines[1]).toContain("Replaces euc1-1: c7i.large becomes c7g.large");
    expect(lines[2]).toContain("Closes for the world: 7880/tcp");
    expect(impact.ports.opened).toEqual([]);
    const steps = await aws.up();
    expect(ofNode(steps)).toEqual([
      "euc1-1 drain",
      "delete EipAssociation euc1-1-association",
      "delete Instance euc1-1-instance",
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      "euc1-1 apply",
    ]);
    expect(await aws.inputsOf("euc1-1-instance")).toMatchObject({ ami: "ami-0000000000000a002" });
    // An alarm on the old instance would report its termination as a failure.
    const alarms = ["MetricAlarm euc1-1-processor-alarm", "MetricAlarm euc1-1-status-alarm"];
    const alarmed = (part: readonly string[]) => part.filter((step) => step.includes(" MetricAlarm ")).toSorted();
    expect(alarmed(steps.slice(0, steps.indexOf("euc1-1 drain")))).toEqual(alarms.map((alarm) => `delete ${alarm}`));
    expect(alarmed(steps.slice(steps.indexOf("euc1-1 apply")))).toEqual(alarms.map((alarm) => `create ${alarm}`));
  });

  test("recreates a lost instance with the same address", async () => {
    // Deleting an instance also deletes its address association.
    expect(ofNode(await aws.upWithout("euc1-1-instance", "euc1-1-association"))).toEqual([
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      // The request addresses the node by name, so the new instance answers it.
      "euc1-1 drain",
      "euc1-1 apply",
    ]);
    expect(await aws.up()).toEqual([]);
  });

  test("recreates a lost certificate secret without an effect on the node", async () => {
    const steps = await aws.upWithout("euc1-certificate");
    expect(steps).toContain("create Secret euc1-certificate");
    expect(ofNode(steps)).toEqual([]);
    expect(await aws.up()).toEqual([]);
  });

  test("drains the node before it deletes anything that the node needs", async () => {
    // The alarms are deleted first: they would report the termination as a failure.
    const steps = (await aws.destroy()).filter((step) => !step.startsWith("delete MetricAlarm "));
    expect(steps[0]).toBe("euc1-1 drain");
    expect(steps).toContain("delete Eip euc1-1-address");
  });
});
