import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { Vpc } from "@pulumi/aws/ec2";
import { groundSuite } from "../../../support/ground-suite";
import { accountOf, openSimulatedAws, type SimulatedAws, simulatedRegion } from "../../../support/simulated-aws";

jest.setTimeout(120_000);

groundSuite("the stand-in of the AWS plugin", () => {
  let aws: SimulatedAws;
  let ec2: EC2Client;

  beforeAll(async () => {
    aws = await openSimulatedAws(31);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const endpoint = accountOf(aws.ground)["AWS_ENDPOINT_URL"] as string;
    ec2 = new EC2Client({ region: simulatedRegion, endpoint, credentials });
  });
  afterAll(() => aws.remove());

  const program = (tags: Record<string, string>) => async () => {
    const provider = aws.provider();
    const args = { region: simulatedRegion, cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags };
    const vpc = new Vpc("network", args, { provider });
    return { id: vpc.id, group: vpc.defaultSecurityGroupId };
  };

  test("makes a VPC with the provider's tags and its own, changes it, and removes it", async () => {
    const { outputs } = await aws.stack.up(program({ Name: "one" }));
    const VpcIds = [outputs["id"]?.value as string];
    const found = async () => (await ec2.send(new DescribeVpcsCommand({ VpcIds }))).Vpcs?.[0]?.Tags;
    expect(await found()).toEqual(
      expect.arrayContaining([
        { Key: "Name", Value: "one" },
        { Key: "livekit-stack", Value: "test" },
      ]),
    );
    expect((await aws.stack.up(program({ Name: "one" }))).summary.resourceChanges).toEqual({ same: 3 });
    await aws.stack.up(program({ Other: "two" }));
    expect(await found()).toContainEqual({ Key: "Other", Value: "two" });
    expect(await found()).not.toContainEqual({ Key: "Name", Value: "one" });
    await aws.stack.destroy();
    await expect(found()).rejects.toThrow(/NotFound|does not exist/);
  });
});
