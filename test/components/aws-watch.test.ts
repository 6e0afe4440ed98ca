import { readNodeProgram } from "../../stacks/node-program";
import { named, ofType, type Registered, registerAws } from "../support/aws-stack";

let resources: readonly Registered[];

beforeAll(async () => {
  resources = await registerAws();
});

describe("alarms", () => {
  test("watch machine, processor and certificate, and tell nobody unless told whom", () => {
    expect(ofType("MetricAlarm", resources).map(({ inputs }) => [inputs.metricName, inputs.alarmActions])).toEqual([
      ["CertificateRenewalPercentLeft", []],
      ["CPUUtilization", []],
      ["StatusCheckFailed", []],
    ]);
  });

  test("are made once the node serves: they take its silence for a fault", () => {
    for (const { dependencies } of ofType("MetricAlarm", resources)) expect(dependencies).toContain("euc1-1-change");
  });

  test("end before the instance that they watch, and are made anew with the next", () => {
    for (const alarm of ofType("MetricAlarm", resources)) {
      expect(alarm).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["dimensions", "tags"] });
    }
  });

  test("watch what the node sends under the very name, and the egress budget", async () => {
    const topic = "arn:aws:sns:eu-central-1:123456789012:oncall";
    const alarms = JSON.stringify({ topicArn: topic, egressGigabytesPerDay: 200 });
    const all = ofType("MetricAlarm", await registerAws({ alarms })).map(({ inputs }) => inputs);
    expect(all.find(({ metricName }) => metricName === "NetworkOut")).toMatchObject({
      threshold: 200e9,
      alarmActions: [topic],
    });
    const plan = JSON.parse(JSON.parse(named("euc1-1-bundle", resources).inputs.content)["plan.json"]);
    expect(all.find(({ metricName }) => metricName === "CertificateRenewalPercentLeft")).toMatchObject({
      namespace: plan.metrics.namespace,
      dimensions: { Node: plan.node },
    });
  });
});

describe("a monitored stack", () => {
  let monitored: readonly Registered[];

  beforeAll(async () => {
    monitored = await registerAws({ monitoring: "true" });
  });

  test("has alarms of what the node's own program sends each minute, and of its silence", () => {
    const program = readNodeProgram()["watch.py"] ?? "";
    const sent = [...program.matchAll(/^ {8}"(\w+)":/gm)].map(([, name]) => name).sort();
    const alarms = ofType("MetricAlarm", monitored).map(({ inputs }) => inputs);
    const watched = alarms.filter(({ period, namespace }) => period === 300 && namespace.startsWith("LiveKit/"));
    expect(watched.map(({ metricName }) => metricName).sort()).toEqual(sent);
    expect(watched.map(({ treatMissingData }) => treatMissingData)).toEqual(sent.map(() => "breaching"));
    // What they watch has the node's name, and goes with its instance all the same.
    expect(watched.map(({ tags }) => tags)).toEqual(sent.map(() => ({ Instance: "euc1-1-instance-id" })));
  });

  test("keeps its services' logs for 30 days, where each node writes its own and reads none", () => {
    const group = "arn:aws:logs:eu-central-1:123456789012:log-group:/livekit/inspire-lab/euc1/services";
    expect(named("euc1-services", monitored).inputs).toMatchObject({
      name: "/livekit/inspire-lab/euc1/services",
      region: "eu-central-1",
      retentionInDays: 30,
    });
    const { Statement } = JSON.parse(named("euc1-1-policy", monitored).inputs.policy);
    const logs = Statement.filter(({ Sid }: { Sid: string }) => Sid.endsWith("OwnLogs"));
    expect(logs).toMatchObject([
      { Action: "logs:CreateLogStream", Resource: [group, `${group}:log-stream:euc1-1/*`] },
      { Action: "logs:PutLogEvents", Resource: `${group}:log-stream:euc1-1/*` },
    ]);
    expect(named("euc1-1-policy", resources).inputs.policy).not.toContain("logs:");
  });
});

describe("connections are logged where that is asked for", () => {
  const logs = "arn:aws:logs:eu-central-1:123456789012:log-group:";

  test("and nowhere else", async () => {
    expect(ofType("FlowLog", resources).filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
    const all = await registerAws({ flowLogs: "true" });
    expect(all.find(({ type }) => type === "aws:ec2/flowLog:FlowLog")?.inputs).toMatchObject({ trafficType: "ALL" });
  });

  test("by a role that finds and writes that log alone, as flow logs of this account and region", async () => {
    const all = await registerAws({ flowLogs: "true" });
    const own = `${logs}/livekit/inspire-lab/euc1/flow`;
    const policy = all.find(({ name }) => name === "euc1-flow-log-policy")?.inputs.policy;
    expect(JSON.parse(policy).Statement).toMatchObject([
      {
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: [own, `${own}:*`],
      },
      { Action: "logs:DescribeLogGroups", Resource: `${logs}*` },
    ]);
    const role = all.find(({ name }) => name === "euc1-flow-log-role")?.inputs.assumeRolePolicy;
    expect(JSON.parse(role).Statement).toMatchObject([
      {
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnLike: { "aws:SourceArn": "arn:aws:ec2:eu-central-1:123456789012:vpc-flow-log/*" },
        },
      },
    ]);
  });
});
