import { bakeImage } from "../../../scripts/aws/bake";
import { AwsCli } from "../../../scripts/aws/cli";
import { type FakeMachine, fakeMachine } from "../tools/fake-machine";

const order = {
  namePrefix: "lk",
  instanceType: "c7g.large",
  architecture: "arm64",
  userData: "#cloud-config",
} as const;
const quick = { pollSeconds: 0.001, installSeconds: 0.05 };
const debian = [
  { ImageId: "ami-old", CreationDate: "2026-01-01T00:00:00.000Z", State: "available" },
  { ImageId: "ami-new", CreationDate: "2026-09-01T00:00:00.000Z", State: "available" },
];

/** An account whose instance goes through these states and stays in the last. */
function account(states: string[], own: object[] = []): FakeMachine {
  const answers: [RegExp, (line: string) => unknown][] = [
    [/^aws --version|aws --version$/, () => "aws-cli/2.23.6 Python/3.13 Linux"],
    [/describe-images --owners 1366/, (line) => ({ Images: line.includes("debian-13-arm64-*") ? debian : [] })],
    [/describe-images --owners self/, () => ({ Images: own })],
    [/run-instances/, () => ({ Instances: [{ InstanceId: "i-1" }] })],
    [/describe-instances/, () => ({ Reservations: [{ Instances: [{ State: { Name: next(states) } }] }] })],
    [/get-console-output --latest/, () => ({ Output: "E: Unable to locate package docker.io" })],
    [/create-image/, () => ({ ImageId: "ami-made" })],
    [/describe-images --image-ids/, () => ({ Images: [{ State: "available" }] })],
    [/terminate-instances/, () => ({})],
  ];
  return fakeMachine({
    commands: { aws: "/usr/bin/aws" },
    answer: (line) => {
      const answer = answers.find(([form]) => form.test(line))?.[1](line);
      return typeof answer === "string" ? answer : JSON.stringify(answer);
    },
  });
}

function next(states: string[]): string {
  return (states.length > 1 ? states.shift() : states[0]) ?? "unknown";
}

const operations = ({ ran }: FakeMachine) => ran.flatMap((line) => / ec2 (\S+)/.exec(line)?.[1] ?? []);

async function bake(machine: FakeMachine): Promise<string> {
  return bakeImage(await AwsCli.find("eu-central-1", machine), order, () => {}, quick);
}

test("baking launches Debian's newest image, creates an AMI after the instance stops, then terminates the instance", async () => {
  const machine = account(["pending", "running", "stopped"]);
  await expect(bake(machine)).resolves.toBe("ami-made");
  expect(machine.ran.find((line) => line.includes("run-instances"))).toMatch(
    /--region eu-central-1 .*--image-id ami-new --instance-type c7g\.large .*HttpTokens=required/,
  );
  expect(operations(machine).slice(-3)).toEqual(["create-image", "describe-images", "terminate-instances"]);
});

test("baking reuses an AMI that was baked from the same inputs", async () => {
  const machine = account([], [{ ImageId: "ami-made", State: "available" }]);
  await expect(bake(machine)).resolves.toBe("ami-made");
  expect(operations(machine)).not.toContain("run-instances");
});

test("baking terminates an instance that does not stop in time and reports its console output", async () => {
  const machine = account(["running"]);
  await expect(bake(machine)).rejects.toThrow(
    /i-1: the instance did not finish the installation and is running; .*\n.*Unable to locate package/,
  );
  expect(operations(machine)).not.toContain("create-image");
  expect(operations(machine).at(-1)).toBe("terminate-instances");
});

test.each([
  ["a PATH without the AWS CLI", undefined, /aws: .* it is not on PATH\. Install the AWS CLI/],
  ["AWS CLI 2.9.19, which does not support AWS_ENDPOINT_URL", "aws-cli/2.9.19 Python/3.11", /2\.9\.19 .*is too old/],
  ["AWS CLI 1.22.0, which does not support AWS_ENDPOINT_URL", "aws-cli/1.22.0", /too old/],
])("baking rejects %s", async (_, version, message) => {
  const machine = fakeMachine(version ? { commands: { aws: "/usr/bin/aws" }, answer: () => version } : {});
  await expect(AwsCli.find("eu-central-1", machine)).rejects.toThrow(message);
});

test("a failed aws command is reported with the CLI's own error message", async () => {
  const machine = fakeMachine({
    commands: { aws: "/usr/bin/aws" },
    answer: (line) => (line.includes("--version") ? "aws-cli/2.23.6" : undefined),
  });
  const aws = await AwsCli.find("eu-central-1", machine);
  await expect(aws.call("ec2", "describe-images")).rejects.toThrow(/made to fail\. Fix the error above/);
});

test("baking passes the stack's AWS profile to every aws command", async () => {
  const seen: unknown[] = [];
  const machine = fakeMachine({ commands: { aws: "/usr/bin/aws" }, answer: () => "aws-cli/2.23.6" });
  const run = async (...[command, args, options]: Parameters<typeof machine.run>) => {
    seen.push(options?.env?.["AWS_PROFILE"]);
    return args.includes("--version") ? machine.run(command, args) : "{}";
  };
  const aws = await AwsCli.find("eu-central-1", { ...machine, run }, "video");
  await aws.call("sts", "get-caller-identity");
  expect(seen.at(-1)).toBe("video");
});
