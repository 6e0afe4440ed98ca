import { securityGroupRules } from "../../../model/aws/ingress";
import { eventually } from "../../support/eventually";
import type { Rehearsed } from "../../support/rehearsed";

interface Rule {
  readonly GroupId: string;
  readonly SecurityGroupRuleId: string;
  readonly IpProtocol: string;
  readonly FromPort: number;
  readonly ToPort: number;
  readonly CidrIpv4: string;
}

async function ingress(aws: Rehearsed): Promise<Rule[]> {
  const [group] = await aws.aws<string[]>(
    ...["ec2", "describe-security-groups", "--filters", "Name=tag:Name,Values=inspire-lab-euc1-nodes"],
    ...["--query", "SecurityGroups[].GroupId"],
  );
  const filter = ["--filters", `Name=group-id,Values=${group}`, "--query", "SecurityGroupRules[?!IsEgress]"];
  return aws.aws("ec2", "describe-security-group-rules", ...filter);
}

const textOf = (rule: Rule) => `${rule.IpProtocol} ${rule.FromPort}-${rule.ToPort} ${rule.CidrIpv4}`;

/** Tests that security groups filter packets and match the port table. */
export function filters(context: () => Rehearsed): void {
  test("the rules of the security group in the account are exactly the rules that the port table requires", async () => {
    const wanted = securityGroupRules(context().rehearsal.plan).flatMap(({ protocol, first, last, sources }) =>
      sources.map((source) => `${protocol} ${first}-${last} ${source}`),
    );
    expect((await ingress(context())).map(textOf).sort()).toEqual(wanted.sort());
  });

  test("after a security group rule is deleted outside Pulumi, the smoke test names the broken path, a refresh finds the rule and `up` restores it", async () => {
    // This test deletes the rule for TCP. Without the rule for UDP, media would still work: the server sends the first
    // packet, so the stateful group accepts the client's packets.
    const { iceTcp } = context().rehearsal.plan.ports;
    const rule = (await ingress(context())).find(({ FromPort }) => FromPort === iceTcp.first);
    if (rule === undefined) throw new Error("the group has no rule for direct TCP");
    const { GroupId: group, SecurityGroupRuleId: id } = rule;
    await context().aws("ec2", "revoke-security-group-ingress", "--group-id", group, "--security-group-rule-ids", id);
    await eventually(async () => {
      const { exitCode, all } = await context().outside("smoke", "--paths", "tcp", "--timeout-seconds", "5");
      expect([exitCode, all]).toEqual([1, expect.stringMatching(/direct TCP: failed: ICE/)]);
    });
    expect(await context().outside("smoke", "--paths", "udp,turn-tcp")).toMatchObject({ exitCode: 0 });
    expect(await context().refresh()).toContainEqual(expect.stringMatching(/^delete SecurityGroupIngressRule /));
    expect(await context().up()).toEqual([expect.stringMatching(/^create SecurityGroupIngressRule /)]);
    await eventually(async () => {
      expect(await context().outside("smoke", "--paths", "tcp")).toMatchObject({ exitCode: 0 });
    });
  });

  test("a port that is not in the port table does not answer", async () => {
    const { apiName } = context().rehearsal.plan;
    const closed = [22, 2375, 6379, 6789, 7880, 9100];
    const attempts = closed.map((port) => context().outsideShell(`timeout 3 bash -c '</dev/tcp/${apiName}/${port}'`));
    const answers = (await Promise.all(attempts)).map(({ exitCode }, i) => [closed[i], exitCode]);
    // Exit code 124 of `timeout`: the connection was neither accepted nor rejected.
    expect(answers).toEqual(closed.map((port) => [port, 124]));
  });
}
