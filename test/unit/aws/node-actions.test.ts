import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePolicy } from "../../../model/aws/policies";
import { readNodeSources } from "../../../stacks/node-sources";

const { agent: program, puller } = readNodeSources();

/** Permissions that certbot's plugin needs (https://certbot-dns-route53.readthedocs.io, "Credentials"). */
const certbotActions = ["route53:ListHostedZones", "route53:GetChange", "route53:ChangeResourceRecordSets"];
/**
 * The node never calls this action. With this permission S3 answers "not found" instead of "access denied" for a
 * missing object.
 */
const forAnswers = "s3:ListBucket";
/** Actions that only the certificate issuer calls. */
const issuerActions = ["secretsmanager:PutSecretValue", ...certbotActions];

/** Operations that the sources call with boto3, by service, each with the names of its keyword arguments. */
type Calls = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function calls(sources: readonly string[]): Calls {
  const folder = mkdtempSync(join(tmpdir(), "aws-calls-"));
  try {
    const files = sources.map((source, i) => {
      const file = join(folder, `${i}.py`);
      writeFileSync(file, source);
      return file;
    });
    const collector = join(__dirname, "../../support/aws_calls.py");
    return JSON.parse(
      execFileSync("python3", ["-B", collector, ...files], { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Returns the IAM actions that the calls need. A GetObject call with a VersionId also needs s3:GetObjectVersion (S3's
 * actions in the service authorization reference).
 */
function actions(called: Calls): string[] {
  return Object.entries(called).flatMap(([service, operations]) =>
    Object.entries(operations).flatMap(([operation, named]) => {
      const action = `${service}:${operation.replaceAll(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}`;
      return action === "s3:GetObject" && named.includes("VersionId") ? [action, "s3:GetObjectVersion"] : [action];
    }),
  );
}

function allowed(issuer: boolean): string[] {
  const policy = nodePolicy({
    node: "euc1-1",
    bucketArn: "arn:aws:s3:::bundles",
    keysArn: "arn:keys",
    certificateArn: "arn:certificate",
    namespace: "LiveKit/lab",
    ...(issuer && { issuer: { zoneId: "Z0123456789", domain: "example.com" } }),
  });
  const all = policy.Statement.flatMap(({ Action }) => Action);
  return [...new Set(all)].toSorted();
}

test("the IAM policy of a node allows exactly the AWS actions that the node's program calls", () => {
  const wanted = [...actions(calls([puller, ...Object.values(program)])), ...certbotActions, forAnswers];
  expect(allowed(true)).toEqual([...new Set(wanted)].toSorted());
  expect(allowed(false)).toEqual(allowed(true).filter((action) => !issuerActions.includes(action)));
});

test("only aws.py of the node's program imports boto3, and no module runs the aws command", () => {
  const importing = Object.entries(program).filter(([, source]) => /^\s*(import|from) boto/m.test(source));
  expect(importing.map(([path]) => path)).toEqual(["aws.py"]);
  const commands = Object.values(program).join("\n");
  expect(commands).not.toMatch(/["'(]aws["' ]/);
  expect(commands.match(/"--dns-[^"]*"/g)).toEqual(['"--dns-route53"']);
});

test.each([
  ["client = boto3.client('sqs')\nclient.send_message(QueueUrl=1)", { sqs: { send_message: ["QueueUrl"] } }],
  [
    "class A:\n  def a(self):\n    self.q = boto3.client('sqs')\n    self.q.purge_queue()",
    { sqs: { purge_queue: [] } },
  ],
  ["boto3.client('sts').get_caller_identity()", { sts: { get_caller_identity: [] } }],
])("the search for AWS calls finds the call of the boto3 client in %j", (source, found) => {
  expect(calls([source])).toEqual(found);
});

test("the search for AWS calls rejects a boto3 client that is passed to another function", () => {
  expect(() => calls(["use(boto3.client('sqs'))"])).toThrow(/neither called at once nor given a name/);
});
