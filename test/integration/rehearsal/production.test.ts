import { ingressRules } from "../../../model/aws/ingress";
import { partsOf } from "../../../providers/aws/ground/parts";
import { eventually } from "../../support/eventually";
import { groundSuite } from "../../support/ground-suite";
import { Rehearsed } from "../../support/rehearsed";

jest.setTimeout(900_000);

let aws: Rehearsed;

interface Rule {
  readonly SecurityGroupRuleId: string;
  readonly IsEgress: boolean;
  readonly IpProtocol: string;
  readonly FromPort: number;
  readonly ToPort: number;
  readonly CidrIpv4: string;
}

async function ingress(): Promise<Rule[]> {
  const [group] = await aws.aws<string[]>(
    ...["ec2", "describe-security-groups", "--filters", "Name=tag:Name,Values=inspire-lab-euc1-nodes"],
    ...["--query", "SecurityGroups[].GroupId"],
  );
  const filter = ["--filters", `Name=group-id,Values=${group}`, "--query", "SecurityGroupRules[?!IsEgress]"];
  return aws.aws("ec2", "describe-security-group-rules", ...filter);
}

const textOf = (rule: Rule) => `${rule.IpProtocol} ${rule.FromPort}-${rule.ToPort} ${rule.CidrIpv4}`;

const certificate = () => aws.fingerprint(aws.rehearsal.plan.apiName, 443);

const addresses = () => aws.aws<string[]>("ec2", "describe-addresses", "--query", "Addresses[].PublicIp");

groundSuite("the production program, rehearsed", () => {
  beforeAll(async () => {
    aws = await Rehearsed.start();
  });
  afterAll(() => aws?.remove());

  test("`up` from nothing makes a node that carries media over every path, from outside and by name", async () => {
    const steps = await aws.up();
    expect(steps).toContain("create Instance euc1-1-instance");
    const { exitCode, all } = await aws.outside("smoke");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
  });

  test("a second `up` changes nothing, and a refresh finds what the state says", async () => {
    expect(await aws.up()).toEqual([]);
    expect((await aws.refresh()).filter((step) => !step.startsWith("refresh "))).toEqual([]);
    expect(await aws.up()).toEqual([]);
  });

  test("doctor finds nothing wrong, and the node says that it is healthy", async () => {
    const doctor = await aws.outside("doctor");
    expect([doctor.exitCode, doctor.all]).toEqual([0, expect.not.stringContaining("failed")]);
    const nodes = await aws.outside("nodes", "--json");
    expect(JSON.parse(nodes.stdout)).toEqual([expect.objectContaining({ node: "euc1-1", status: "healthy" })]);
  });

  test("the security group, read back, equals the port table", async () => {
    const wanted = ingressRules(aws.rehearsal.plan).flatMap(({ protocol, first, last, sources }) =>
      sources.map((source) => `${protocol} ${first}-${last} ${source}`),
    );
    expect((await ingress()).map(textOf).sort()).toEqual(wanted.sort());
  });

  test("a rule removed behind its back: the smoke test names the path, a refresh the rule; `up` puts it back", async () => {
    const media = (await ingress()).find((rule) => rule.IpProtocol === "udp" && rule.FromPort === 50000);
    const group = await aws.aws<string>(
      ...["ec2", "describe-security-group-rules", "--query", "SecurityGroupRules[0].GroupId"],
      ...["--filters", `Name=security-group-rule-id,Values=${media?.SecurityGroupRuleId}`],
    );
    await aws.aws(
      ...["ec2", "revoke-security-group-ingress", "--group-id", group],
      ...["--security-group-rule-ids", media?.SecurityGroupRuleId ?? ""],
    );
    await eventually(async () => {
      const { exitCode, all } = await aws.outside("smoke", "--paths", "udp", "--timeout-seconds", "5");
      expect([exitCode, all]).toEqual([1, expect.stringMatching(/direct UDP.*ICE/)]);
    }, 60_000);
    expect(await aws.outside("smoke", "--paths", "tcp,turn-udp")).toMatchObject({ exitCode: 0 });
    expect(await aws.refresh()).toContainEqual(expect.stringMatching(/^delete SecurityGroupIngressRule /));
    expect(await aws.up()).toEqual([expect.stringMatching(/^create SecurityGroupIngressRule /)]);
    await eventually(
      async () => expect(await aws.outside("smoke", "--paths", "udp")).toMatchObject({ exitCode: 0 }),
      30_000,
    );
  });

  test("a port outside the table does not answer", async () => {
    const { apiName } = aws.rehearsal.plan;
    for (const port of [22, 2375, 6379, 6789, 7880, 9100]) {
      expect([port, await aws.outsideShell(`timeout 3 bash -c '</dev/tcp/${apiName}/${port}'`)]).toEqual([
        port,
        expect.objectContaining({ exitCode: 124 }),
      ]);
    }
  });

  test("an instance is replaced once its call has ended; names and address stay, the certificate is not issued anew", async () => {
    const before = { addresses: await addresses(), certificate: await certificate() };
    const call = await aws.holdCall("udp");
    await aws.set("regions[0].instanceType", "c7i.xlarge");
    const replaced = aws.up();
    await eventually(async () => {
      const nodes = await aws.outside("nodes", "--json");
      expect(nodes.stdout).toMatch(/drain/i);
    }, 120_000);
    expect(await call.end()).toMatchObject({ interruptions: 0 });
    expect((await replaced).filter((step) => / (Instance|EipAssociation|Command) /.test(step))).toEqual(
      expect.arrayContaining([
        "delete-replaced Instance euc1-1-instance",
        "create-replacement Instance euc1-1-instance",
      ]),
    );
    expect({ addresses: await addresses(), certificate: await certificate() }).toEqual(before);
    expect(await aws.outside("smoke")).toMatchObject({ exitCode: 0 });
  });

  test("`destroy` is refused while the stack is protected, and then leaves nothing", async () => {
    await expect(aws.destroy()).rejects.toThrow(/protected/);
    await aws.set("protect", "false");
    await aws.up();
    await aws.destroy();
    expect(await addresses()).toEqual([]);
    for (const [query, ...args] of [
      ["Buckets", "s3api", "list-buckets"],
      ["SecretList", "secretsmanager", "list-secrets"],
      ["Roles", "iam", "list-roles"],
      ["InstanceProfiles", "iam", "list-instance-profiles"],
      ["MetricAlarms", "cloudwatch", "describe-alarms"],
      ["Vpcs[?!IsDefault]", "ec2", "describe-vpcs"],
    ] as const) {
      expect([query, await aws.aws(...args, "--query", query)]).toEqual([query, []]);
    }
    expect(await partsOf(aws.docker, aws.rehearsal.home.number, "machine")).toEqual([]);
  });
});
