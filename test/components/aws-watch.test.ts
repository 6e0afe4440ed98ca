import { alarmsPerBalancer, alarmsPerCacheNode, cacheNodes } from "../../model/aws/prices";
import { readNodeSources } from "../../stacks/node-sources";
import { targetHealthSeconds } from "../../templates/node/request";
import { named, ofType, type Registered, registerAws } from "../support/aws-stack";
import { fleetValues, testRegion } from "../support/settings";

let resources: readonly Registered[];

beforeAll(async () => {
  resources = await registerAws();
});

describe("alarms", () => {
  test("watch the instance, its processor and the certificate, and notify no SNS topic by default", () => {
    expect(ofType("MetricAlarm", resources).map(({ inputs }) => [inputs.metricName, inputs.alarmActions])).toEqual([
      ["CertificateRenewalPercentLeft", []],
      ["CPUUtilization", []],
      ["StatusCheckFailed", []],
    ]);
  });

  test("are created after the node serves, because missing data makes an alarm fire", () => {
    for (const { dependencies } of ofType("MetricAlarm", resources)) expect(dependencies).toContain("euc1-1-change");
  });

  test("are deleted before their instance and recreated with the next instance", () => {
    for (const alarm of ofType("MetricAlarm", resources)) {
      expect(alarm).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["dimensions", "tags"] });
    }
  });

  test("use the metrics that the node sends, and watch the egress budget", async () => {
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

describe("alarms of shared resources", () => {
  const topics = ["eu-central-1", "us-east-1"].map((region) => `arn:aws:sns:${region}:123456789012:oncall`);
  let fleet: readonly Registered[];
  const alarmsOf = (namespace: string) =>
    ofType("MetricAlarm", fleet).filter(({ inputs }) => inputs.namespace === namespace);

  beforeAll(async () => {
    fleet = await registerAws({ ...fleetValues, alarms: JSON.stringify({ topicArns: topics }) });
  });

  test("watch memory and processor of each Redis node in its region", () => {
    const { id, inputs } = { id: "euc1-redis-group-id", ...named("euc1-redis-group", fleet) };
    const nodes = Array.from({ length: inputs.numCacheClusters }, (_, i) => `${id}-00${i + 1}`);
    const found = alarmsOf("AWS/ElastiCache").map(({ inputs: { dimensions, metricName } }) => [
      dimensions.CacheClusterId,
      dimensions.CacheNodeId,
      metricName,
    ]);
    expect(found.toSorted()).toEqual(
      nodes.flatMap((node) => [
        [node, "0001", "CPUUtilization"],
        [node, "0001", "DatabaseMemoryUsagePercentage"],
      ]),
    );
    expect(new Set(alarmsOf("AWS/ElastiCache").map(({ inputs: { region } }) => region))).toEqual(
      new Set([inputs.region]),
    );
  });

  test.each([
    ["cache.t4g.small", "CPUUtilization", 45],
    ["cache.m7g.large", "CPUUtilization", 45],
    ["cache.r7g.xlarge", "EngineCPUUtilization", 90],
  ])("watch the processor of a %s by %s", async (nodeType, metricName, threshold) => {
    const all = await registerAws({ ...fleetValues, redis: JSON.stringify({ mode: "elasticache", nodeType }) });
    expect(named("euc1-redis-001-processor-alarm", all).inputs).toMatchObject({ metricName, threshold });
  });

  test("ElastiCache notifies its region's topic of a failover", () => {
    expect(named("euc1-redis-group", fleet).inputs.notificationTopicArn).toBe(topics[0]);
  });

  test("watch each port of each region's load balancer after its nodes are registered", () => {
    const found = alarmsOf("AWS/NetworkELB");
    expect(found.map(({ inputs }) => [inputs.region, inputs.dimensions.TargetGroup, inputs.metricName])).toEqual(
      ["eu-central-1", "us-east-1"].flatMap((region) =>
        ["7880", "443"].flatMap((port) =>
          ["UnHealthyHostCount", "HealthyHostCount"].map((metric) => [
            region,
            `targetgroup/inspire-lab-${port}/0a1b2c`,
            metric,
          ]),
        ),
      ),
    );
    for (const { name, inputs, dependencies } of found) {
      expect(inputs.dimensions.LoadBalancer).toBe("net/inspire-lab/0a1b2c");
      expect(dependencies).toContain(`${name.slice(0, 4)}-2-https-target`);
    }
  });

  test("fire if any availability zone reports an unhealthy node, or if no availability zone reports a healthy node", () => {
    const found = alarmsOf("AWS/NetworkELB").map(({ inputs: { metricName, statistic } }) => [metricName, statistic]);
    expect(Object.fromEntries(found)).toEqual({ UnHealthyHostCount: "Maximum", HealthyHostCount: "Maximum" });
  });

  test("do not fire during an update of a region's only node, and fire after two minutes in a region with several nodes", async () => {
    const regions = [
      { ...testRegion, nodes: 2, primary: true },
      { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16", nodes: 1 },
    ];
    const all = await registerAws({ ...fleetValues, regions: JSON.stringify(regions) });
    const unserved = (name: string) => named(`${name}-https-unserved-alarm`, all).inputs;
    const seconds = (name: string) => unserved(name).period * unserved(name).evaluationPeriods;
    // A load balancer may count a newly registered target as unhealthy for targetHealthSeconds, so the alarm waits
    // longer.
    expect(seconds("use1")).toBeGreaterThanOrEqual(targetHealthSeconds);
    expect(unserved("use1").treatMissingData).toBe("notBreaching");
    expect(unserved("use1").alarmDescription).toMatch(/for 10 minutes/);
    expect(seconds("euc1")).toBe(120);
  });

  test("do not exist for a single node; ElastiCache notifies no SNS topic by default", async () => {
    const shared = ofType("MetricAlarm", resources).filter(({ inputs }) => /ELB|ElastiCache/.test(inputs.namespace));
    expect(shared).toEqual([]);
    const silent = await registerAws(fleetValues);
    expect(named("euc1-redis-group", silent).inputs).not.toHaveProperty("notificationTopicArn");
  });

  test("have the same count per resource as in the price table", () => {
    const perNode = alarmsOf("AWS/ElastiCache").length / cacheNodes;
    expect([perNode, alarmsOf("AWS/NetworkELB").length / 4]).toEqual([alarmsPerCacheNode, alarmsPerBalancer]);
  });
});

describe("a monitored stack", () => {
  let monitored: readonly Registered[];

  beforeAll(async () => {
    monitored = await registerAws({ monitoring: "true" });
  });

  test("has an alarm for each metric that the node sends every minute; the alarm also fires if the metric is missing", () => {
    const program = readNodeSources().agent["watch.py"] ?? "";
    const sent = [...program.matchAll(/^ {8}"(\w+)":/gm)].map(([, name]) => name).sort();
    const alarms = ofType("MetricAlarm", monitored).map(({ inputs }) => inputs);
    const watched = alarms.filter(({ period, namespace }) => period === 300 && namespace.startsWith("LiveKit/"));
    expect(watched.map(({ metricName }) => metricName).sort()).toEqual(sent);
    expect(watched.map(({ treatMissingData }) => treatMissingData)).toEqual(sent.map(() => "breaching"));
    // A new instance sends metrics with the same dimensions, so only the changed tag makes Pulumi replace the alarms
    // together with the instance.
    expect(watched.map(({ tags }) => tags)).toEqual(sent.map(() => ({ Instance: "euc1-1-instance-id" })));
  });

  test("keeps service logs for 30 days; each node may write only its own log streams and read no log stream", () => {
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

describe("flow logs", () => {
  const logs = "arn:aws:logs:eu-central-1:123456789012:log-group:";

  test("exist only if flowLogs is set", async () => {
    expect(ofType("FlowLog", resources).filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
    const all = await registerAws({ flowLogs: "true" });
    expect(all.find(({ type }) => type === "aws:ec2/flowLog:FlowLog")?.inputs).toMatchObject({ trafficType: "ALL" });
  });

  test("use a role that may write only to the flow log group, and that only flow logs of this account and region may assume", async () => {
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
