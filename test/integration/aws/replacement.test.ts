import { AwsOnEngine } from "../../support/aws-engine";
import { testRegion, testSecrets } from "../../support/settings";
import { suite } from "../providers/support";

jest.setTimeout(120_000);

const regions = (change: object) => ({ regions: JSON.stringify([{ ...testRegion, ...change }]) });

suite("a node on AWS, by the real engine", () => {
  let aws: AwsOnEngine;

  beforeAll(async () => {
    aws = await AwsOnEngine.open();
  });
  afterAll(() => aws?.remove());

  /** Of what the engine did: the node's machine, its address, and what it was asked. */
  const ofNode = (steps: readonly string[]) => steps.filter((step) => /^node |Instance |EipAssociation /.test(step));

  test("is asked to serve once its machine has its address", async () => {
    const steps = await aws.up();
    expect(ofNode(steps)).toEqual([
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      "node apply",
    ]);
    expect(steps.indexOf("create SecretVersion keys-version")).toBeLessThan(steps.indexOf("node apply"));
  });

  test("is left alone when nothing was changed, or Debian has a newer image, or AWS another zone", async () => {
    expect(await aws.up()).toEqual([]);
    aws.account({
      images: { amd64: "ami-00000000000000002", arm64: "ami-0000000000000a002" },
      zones: ["eu-central-1c", "eu-central-1a"],
    });
    expect(await aws.up()).toEqual([]);
  });

  test("says in a preview what a change does, service by service", async () => {
    await aws.configure({ images: '{"nginx": "nginx:1.31.0"}' });
    const nginx = await aws.previewedVariables();
    expect(Object.keys(nginx).sort()).toEqual(["BUNDLE", "NGINX", "SHA256"]);
    await aws.configure({ room: '{"maxParticipants": 9}' });
    const { LIVEKIT = "", ...others } = await aws.previewedVariables();
    expect(LIVEKIT).toMatch(/^drains: no new rooms for up to 1800 s, .*; configuration /);
    expect(Object.keys(others).sort()).toEqual(["BUNDLE", "SHA256"]);
    expect(ofNode(await aws.up())).toEqual(["node apply"]);
  });

  test("fails `up` with its own words when it refuses, and is asked again by the next", async () => {
    aws.refuse("nginx: [emerg] unknown directive in line 3; the old bundle still serves");
    await aws.configure({ images: '{"nginx": "nginx:1.31.0"}' });
    const message = await aws.up().then(
      () => "nothing failed",
      (error: Error) => error.message,
    );
    expect(message).toContain(
      "euc1-1: refused. nginx: [emerg] unknown directive in line 3; the old bundle still serves",
    );
    expect(message).not.toContain("printf");
    aws.refuse(undefined);
    expect(ofNode(await aws.up())).toEqual(["node apply"]);
  });

  test("gets new secrets by a version of theirs, and none of them is to be read in state or output", async () => {
    await aws.configure({});
    await aws.up();
    const apiSecret = "planted-new-secret-0123456789abcdef";
    await aws.configure({ apiSecret });
    expect(Object.keys(await aws.previewedVariables())).toEqual(["SECRETS"]);
    expect(ofNode(await aws.up())).toEqual(["node apply"]);
    for (const secret of [apiSecret, ...Object.values(testSecrets).filter((value) => value.startsWith("planted"))]) {
      expect(aws.shows(secret)).toBe(false);
    }
  });

  test("can't be destroyed while it is protected: the preview that goes before is refused", async () => {
    await aws.configure({ protect: "true" });
    await aws.up();
    await expect(aws.previewDestroy()).rejects.toThrow(/cannot be deleted[\s\S]*protected/);
    expect(aws.steps()).toEqual([]);
    await aws.configure({});
    await aws.up();
  });

  test("is drained, gives up its address and ends, in this order, before another is made of the newest image", async () => {
    expect(await aws.inputsOf("euc1-1-instance")).toMatchObject({ ami: "ami-00000000000000001" });
    await aws.configure(regions({ instanceType: "c7g.large" }));
    expect(ofNode(await aws.up())).toEqual([
      "node drain",
      "delete EipAssociation euc1-1-association",
      "delete Instance euc1-1-instance",
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      "node apply",
    ]);
    expect(await aws.inputsOf("euc1-1-instance")).toMatchObject({ ami: "ami-0000000000000a002" });
  });

  test("is made anew where its instance is lost, with the address that it had", async () => {
    // With an instance goes its hold on the address.
    expect(ofNode(await aws.upWithout("euc1-1-instance", "euc1-1-association"))).toEqual([
      "create Instance euc1-1-instance",
      "create EipAssociation euc1-1-association",
      // Of whoever has its name.
      "node drain",
      "node apply",
    ]);
    expect(await aws.up()).toEqual([]);
  });

  test("has its certificate's secret made anew where that is lost, and is not touched", async () => {
    const steps = await aws.upWithout("certificate");
    expect(steps).toContain("create Secret certificate");
    expect(ofNode(steps)).toEqual([]);
    expect(await aws.up()).toEqual([]);
  });

  test("is drained before anything that it needs is taken away", async () => {
    // Its alarms go first: they would take its end for a fault.
    const steps = (await aws.destroy()).filter((step) => !step.startsWith("delete MetricAlarm "));
    expect(steps[0]).toBe("node drain");
    expect(steps).toContain("delete Eip euc1-1-address");
  });
});
