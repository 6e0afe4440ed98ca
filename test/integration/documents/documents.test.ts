import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { AwsSimulator } from "../../../packages/aws-simulator/network/aws-simulator";
import { ensureAwsCli } from "../../../scripts/toolchain/aws-cli";
import { ensureEngine } from "../../../scripts/toolchain/docker";
import { ensureSimulatorImage } from "../../../scripts/toolchain/rehearsal-images";
import { type Answer, ended } from "../../support/answer";
import {
  type Command,
  commandsOf,
  documents,
  fenced,
  inline,
  linesWith,
  project,
  pulumiArguments,
} from "../../support/documents";
import { testMachine } from "../../support/machine";
import { simulatorNumbers } from "../../support/numbers";
import { suite } from "../../support/provider-stack";
import { simulatorSuite } from "../../support/simulator-suite";

suite("Pulumi's command line", () => {
  /** Matches the subcommand: the words before the first flag or value, such as `config set`. */
  const verbs = /^(config|stack|state) \w+|^\w+/;
  const helps = new Map<string, string>();

  test.each(documents)("has every pulumi command and flag that %s names", (_, text) => {
    for (const command of fenced(text, "bash").flatMap(commandsOf)) {
      const args = pulumiArguments(command);
      if (args === undefined) continue;
      const [verb = ""] = verbs.exec(args.join(" ")) ?? [];
      if (!helps.has(verb)) {
        helps.set(verb, spawnSync("pulumi", [...verb.split(" "), "--help"], { encoding: "utf8" }).stdout);
      }
      const help = helps.get(verb) ?? "";
      // For an unknown subcommand the CLI prints the help of its parent command.
      expect(names(help)).toContain(verb.split(" ").at(-1));
      for (const flag of args.filter((arg) => arg.startsWith("--"))) expect(`${verb}: ${help}`).toContain(flag);
    }
  });
});

/** Returns a command's name and aliases from its help. */
function names(help: string): readonly string[] {
  const [, usage = ""] = /^Usage:\n +pulumi ([a-z ]*[a-z])/m.exec(help) ?? [];
  const [, aliases = ""] = /^Aliases:\n +(.*)$/m.exec(help) ?? [];
  return [usage.split(" ").at(-1) ?? "", ...aliases.split(", ")];
}

interface Zone {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly PrivateZone: boolean };
}

/**
 * Reports whether this test runs the command: any AWS command, and Pulumi commands that only use state and settings.
 */
function isRun({ program, args }: Command): boolean {
  return program === "aws" || (program === "pulumi" && /^(login|stack (init|select)|config) /.test(args.join(" ")));
}

/**
 * Shell code to run before a document's command. A reader of the documents looks up the value of `VERSION`; the shell
 * code sets `VERSION` as a variable.
 */
const before: readonly (readonly [command: string, script: string])[] = [
  [
    "aws logs tail",
    "aws logs create-log-group --log-group-name /livekit/my-livekit/euc1/services --region eu-central-1",
  ],
  [
    // Zones that the documents' commands must not confuse with the domain's public zone: a private zone of the same
    // name, and example.com.au, which starts with the domain and comes next in lists of zones.
    "aws route53 create-hosted-zone",
    `
    VPC=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --region eu-central-1 --query Vpc.VpcId --output text)
    zone() { aws route53 create-hosted-zone --caller-reference "$1" --name "\${@:2}"; }
    zone private example.com --vpc "VPCRegion=eu-central-1,VPCId=$VPC" --hosted-zone-config Comment=,PrivateZone=true
    zone neighbour example.com.au
    `,
  ],
  [
    "aws s3api list-object-versions",
    `
    state() { aws s3api "$1-object" --bucket "$STATE_BUCKET" --key .pulumi/stacks/livekit/prod.json "\${@:2}"; }
    VERSION=$(state put --body package.json --query VersionId --output text)
    state put --body tsconfig.json
    `,
  ],
  [
    "aws elasticache modify-replication-group",
    "aws elasticache create-replication-group --region eu-central-1 --replication-group-id my-livekit-redis --replication-group-description redis --engine redis --cache-node-type cache.t4g.small --num-cache-clusters 2",
  ],
  ["pulumi config get livekit:redisPassword", "pulumi config set --secret livekit:redisPassword planted"],
  [
    "aws elasticache describe-replication-groups",
    "aws elasticache create-replication-group --region eu-central-1 --replication-group-id inspire-lab-redis --replication-group-description redis --engine redis --cache-node-type cache.t4g.small --num-cache-clusters 2",
  ],
];

/** Commands that version 1 of the AWS CLI lacks, with equivalents. PyPI only has version 1. */
const ofSecondLine: readonly (readonly [command: RegExp, likeness: string])[] = [
  [/^aws logs tail (\S+) (.*) --since \S+$/, "aws logs filter-log-events --log-group-name $1 $2"],
];

simulatorSuite("the aws and pulumi commands of the documents", () => {
  const home = mkdtempSync(join(tmpdir(), "documents-"));
  let simulator: AwsSimulator;
  let env: Record<string, string>;
  let firstLine: boolean;

  beforeAll(async () => {
    const { docker } = await ensureEngine(testMachine, () => {});
    const image = await ensureSimulatorImage(docker, () => {}, testMachine);
    simulator = await AwsSimulator.start({ docker, number: simulatorNumbers.documents, image });
    const folder = await ensureAwsCli(testMachine, () => {});
    // Sets a default region that AWS's own endpoints accept. So a command that lacks `--region` does not fail in this
    // test, and test/unit/documents/commands.test.ts checks the flag.
    env = {
      ...simulator.environment,
      AWS_REGION: "aws-global",
      AWS_DEFAULT_REGION: "aws-global",
      PATH: `${folder}:${process.env["PATH"]}`,
      HOME: home,
      // Pulumi does not use HOME to find the user's home folder.
      PULUMI_HOME: join(home, "pulumi"),
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Keys of the deployment that the reader migrates from.
      OLD_API_KEY: "APIplanted",
      OLD_API_SECRET: "planted",
    };
    firstLine = (await testMachine.run(join(folder, "aws"), ["--version"])).startsWith("aws-cli/1.");
  }, 900_000);

  afterAll(async () => {
    rmSync(home, { recursive: true });
    await simulator?.stop();
  });

  const withCommands = documents.flatMap(([path, text]) => {
    const lines = [...inline(text).filter((code) => code.startsWith("aws ")), ...fenced(text, "bash")];
    const own = lines.flatMap((block) => linesWith(isRun, block));
    return own.some((line) => line.startsWith("aws ")) ? [[path, own] as const] : [];
  });

  test.each(withCommands)("all commands of %s succeed in the document's order", async (path, lines) => {
    const checkout = join(home, "checkouts", path);
    for (const file of ["Pulumi.yaml", "Pulumi.prod.yaml", "package.json", "tsconfig.json", "examples"]) {
      cpSync(join(project, file), join(checkout, file), { recursive: true });
    }
    // Only the operator's guide creates its stack itself. For every other document this test creates the stack.
    const stack = lines.some((line) => line.includes(" stack init ")) ? [] : ["pulumi stack init prod"];
    const all = [`cd '${checkout}'`, `pulumi login 'file://${checkout}'`, ...stack];
    const answer = await run([...all, ...lines.flatMap((line) => [...preparation(line), runnable(line)])]);
    expect(`${answer.exitCode}\n${answer.all}`).toMatch(/^0\n/);
  });

  test("the commands of the operator's guide create a stack with the guide's settings and encrypt the stack's secrets with KMS", () => {
    const { secretsprovider, config } = parse(
      readFileSync(join(home, "checkouts/docs/aws.md/Pulumi.prod.yaml"), "utf8"),
    );
    expect(secretsprovider).toMatch(/^awskms:\/\//);
    expect(config["livekit:namePrefix"]).toBe("my-livekit");
    expect(config["livekit:apiKey"]).toEqual({ secure: expect.any(String) });
  });

  test("the commands of the operator's guide restore the state from a backup and leave no placeholder in the role policies", async () => {
    const state = "s3://a-globally-unique-name/.pulumi/stacks/livekit/prod.json";
    expect((await run([`aws s3 cp ${state} - | cmp - package.json`])).exitCode).toBe(0);
    for (const name of ["preview", "up"]) {
      const shown = await run([
        `aws iam get-role --role-name github-${name}`,
        `aws iam get-role-policy --role-name github-${name} --policy-name ${name}`,
      ]);
      expect(shown.stdout).toContain("a-globally-unique-name");
      expect(shown.stdout).not.toMatch(/[A-Z]{2,}_[A-Z]|REPOSITORY|ACCOUNT|TAKER|""|None/);
    }
  });

  test("the role for updates may change only the public hosted zone of the domain", async () => {
    const zones = JSON.parse((await run(["aws route53 list-hosted-zones"])).stdout).HostedZones as readonly Zone[];
    const shown = await run(["aws iam get-role-policy --role-name github-up --policy-name up"]);
    const named = zones.filter(({ Id }) => shown.stdout.includes(Id.slice(1)));
    expect(zones.map(({ Name }) => Name).toSorted()).toEqual(["example.com.", "example.com.", "example.com.au."]);
    expect(named.map(({ Name, Config }) => [Name, Config.PrivateZone])).toEqual([["example.com.", false]]);
  });

  /**
   * These tests leave out two services. The simulator cannot evaluate policies for Route 53. For KMS it does not
   * compare a key with the keys that a policy allows.
   */
  describe("with IAM policies enforced", () => {
    const object = "--bucket a-globally-unique-name --key .pulumi/stacks/livekit/prod.json";
    let taken: Record<string, string>;

    beforeAll(async () => {
      const role = "arn:aws:iam::123456789012:role/github-preview";
      const { stdout } = await run([`aws sts assume-role --role-arn ${role} --role-session-name test`]);
      const { Credentials: own } = JSON.parse(stdout);
      taken = {
        AWS_ACCESS_KEY_ID: own.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: own.SecretAccessKey,
        AWS_SESSION_TOKEN: own.SessionToken,
      };
      await healthyAfter("0");
    });

    afterAll(() => healthyAfter("inf"));

    test.each([
      ["s3api list-objects-v2 --bucket a-globally-unique-name", "prod.json"],
      [`s3api get-object ${object} /dev/null`, "VersionId"],
      ["ec2 describe-images --region eu-central-1 --owners 136693071363", "Images"],
      ["ec2 describe-instance-type-offerings --region eu-central-1", "InstanceTypeOfferings"],
    ])("the role for previews may run: aws %s", async (command, answer) => {
      expect((await run([`aws ${command}`], taken)).all).toContain(answer);
    });

    test.each([
      `s3api put-object ${object} --body package.json`,
      `s3api delete-object ${object}`,
      "ec2 create-vpc --region eu-central-1 --cidr-block 10.0.0.0/16",
    ])("the role for previews may not run: aws %s", async (command) => {
      expect((await run([`aws ${command}`], taken)).all).toMatch(/AccessDenied|UnauthorizedOperation/);
    });
  });

  /** Makes the simulator enforce policies after this number of calls. */
  function healthyAfter(calls: string): Promise<unknown> {
    const headers = { authorization: `Credential=${simulator.accessKeyId}/` };
    return fetch(`${simulator.awsEndpointUrl}/moto-api/reset-auth`, { method: "POST", body: calls, headers });
  }

  function run(lines: readonly string[], others: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ended(
      "bash",
      ["--noprofile", "--norc", "-ex", "-o", "pipefail", "-c", [`cd '${project}'`, ...lines].join("\n")],
      { ...env, ...others },
    );
  }

  function preparation(line: string): readonly string[] {
    return before.flatMap(([command, script]) => (line.startsWith(command) ? [script] : []));
  }

  function runnable(line: string): string {
    const known = firstLine ? ofSecondLine.reduce((text, replacement) => text.replace(...replacement), line) : line;
    return known.replace("versionId=VERSION", "versionId=$VERSION");
  }
});
