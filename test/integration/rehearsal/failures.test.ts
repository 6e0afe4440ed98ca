import { partsOf } from "../../../providers/aws/ground/parts";
import { FailingAccount, madeToFail } from "../../support/failing-account";
import { groundSuite } from "../../support/ground-suite";
import { Rehearsed } from "../../support/rehearsed";

jest.setTimeout(900_000);

/** Calls that a text alone tells, each made only once the one before it has been: what else there is, is made meanwhile. */
const calls = {
  "the VPC": "Action=CreateVpc&",
  "a route": "Action=CreateRoute&",
  "the instance": "Action=RunInstances&",
  "the address of the instance": "Action=AssociateAddress&",
};

let aws: Rehearsed;
let account: FailingAccount;

/** How many the account has of what costs money, or stands in the way when it is there twice. */
async function counted(): Promise<Record<string, number>> {
  const count = async (query: string, ...args: readonly string[]) =>
    [args.slice(0, 2).join(" "), await aws.aws<number>(...args, "--query", query)] as const;
  const own = ["--filters", "Name=tag-key,Values=livekit-stack"];
  return Object.fromEntries([
    await count("length(Vpcs)", "ec2", "describe-vpcs", ...own),
    await count("length(Subnets)", "ec2", "describe-subnets", ...own),
    await count("length(SecurityGroups[?GroupName!='default'])", "ec2", "describe-security-groups", ...own),
    await count("length(Addresses)", "ec2", "describe-addresses"),
    await count("length(Reservations[].Instances[?State.Name!='terminated'][])", "ec2", "describe-instances"),
    await count("length(Buckets)", "s3api", "list-buckets"),
    await count("length(SecretList)", "secretsmanager", "list-secrets"),
    await count("length(Roles)", "iam", "list-roles"),
  ]);
}

const machines = async () => (await partsOf(aws.docker, aws.rehearsal.home.number, "machine")).length;

groundSuite("an `up` that fails half-way", () => {
  beforeAll(async () => {
    aws = await Rehearsed.start();
    account = await FailingAccount.before(aws.rehearsal.ground.awsEndpointUrl);
  });
  afterAll(async () => {
    account?.close();
    await aws?.remove();
  });

  test.each(Object.entries(calls))("fails with AWS's words where %s can't be made", async (_, call) => {
    account.fail(call);
    const { exitCode, all } = await aws.upInItsOwnProcess(account.url);
    expect([exitCode, all]).toEqual([1, expect.stringContaining(madeToFail)]);
    expect(account.failures).toBeGreaterThan(0);
    account.fail(undefined);
  });

  test("may be interrupted while the node boots, and the next one ends what was begun: nothing is there twice", async () => {
    await aws.upInterruptedAt("euc1-1-change");
    expect(await machines()).toBe(1);
    const [before] = await aws.aws<string[]>("ec2", "describe-addresses", "--query", "Addresses[].PublicIp");
    await aws.up();
    expect(await counted()).toEqual({
      "ec2 describe-vpcs": 1,
      "ec2 describe-subnets": 2,
      "ec2 describe-security-groups": 1,
      "ec2 describe-addresses": 1,
      "ec2 describe-instances": 1,
      "s3api list-buckets": 1,
      "secretsmanager list-secrets": 2,
      "iam list-roles": 1,
    });
    expect(await machines()).toBe(1);
    expect(await aws.aws("ec2", "describe-addresses", "--query", "Addresses[].PublicIp")).toEqual([before]);
    expect(await aws.up()).toEqual([]);
  });

  test("the node that came of it serves", async () => {
    expect(await aws.outside("smoke", "--paths", "udp,turn-tls,wss")).toMatchObject({ exitCode: 0 });
  });
});
