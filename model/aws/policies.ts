/** An IAM policy as JSON knows it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: string | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What a node's policy names. */
export interface NodePolicyArgs {
  readonly node: string;
  readonly bucketArn: string;
  readonly keysArn: string;
  readonly certificateArn: string;
  /** Namespace of the metrics that the node sends. */
  readonly namespace: string;
  /** Where its services' logs go. @default nowhere */
  readonly logGroupArn?: string;
  /** The node that asks for certificates: what it proves the domain in. */
  readonly issuer?: { readonly zoneId: string; readonly domain: string };
}

/** Lets a service of AWS take the role. */
export function trustPolicy(service: string, conditions: Statement["Condition"] = {}): PolicyDocument {
  const statement: Statement = {
    Sid: "Trust",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  };
  return policy(statement);
}

/** All that a node may do in the account: fetch what it is to be, report, read its secrets, count, prove its domain. */
export function nodePolicy(args: NodePolicyArgs): PolicyDocument {
  const { node, bucketArn, keysArn, certificateArn, namespace, logGroupArn, issuer } = args;
  return policy(
    allow("FetchOwnBundle", ["s3:GetObject", "s3:GetObjectVersion"], `${bucketArn}/bundles/${node}.json`),
    allow("ReadOwnRequest", "s3:GetObject", `${bucketArn}/nodes/${node}/desired`),
    allow("WriteOwnReport", "s3:PutObject", [`${bucketArn}/nodes/${node}/report`, `${bucketArn}/logs/${node}`]),
    // Without it S3 answers 403 in place of 404 for a request that has not been made yet.
    allow("TellMissingFromForbidden", "s3:ListBucket", bucketArn),
    allow("ReadSecrets", "secretsmanager:GetSecretValue", [keysArn, certificateArn]),
    // CloudWatch knows no resource for this action (its service authorization reference); the namespace bounds it.
    allow("SendOwnMetrics", "cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": namespace } }),
    ...(logGroupArn ? logStatements(logGroupArn, node) : []),
    ...(issuer ? issuerStatements(certificateArn, issuer) : []),
  );
}

/** The service authorization reference has a stream made on its group, and written to on itself. */
function logStatements(groupArn: string, node: string): readonly Statement[] {
  const streams = `${groupArn}:log-stream:${node}/*`;
  return [
    allow("OpenOwnLogs", "logs:CreateLogStream", [groupArn, streams]),
    allow("WriteOwnLogs", "logs:PutLogEvents", streams),
  ];
}

function issuerStatements(
  certificateArn: string,
  { zoneId, domain }: NonNullable<NodePolicyArgs["issuer"]>,
): readonly Statement[] {
  return [
    allow("KeepCertificate", "secretsmanager:PutSecretValue", certificateArn),
    // Route 53 knows no single resource for these two.
    allow("FindZone", "route53:ListHostedZones", "*"),
    allow("FollowChange", "route53:GetChange", "arn:aws:route53:::change/*"),
    // The names are compared in Route 53's normal form: lower case, without the final dot.
    allow("ProveDomain", "route53:ChangeResourceRecordSets", `arn:aws:route53:::hostedzone/${zoneId}`, {
      "ForAllValues:StringEquals": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`_acme-challenge.${domain}`],
        "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
        "route53:ChangeResourceRecordSetsActions": ["UPSERT", "DELETE"],
      },
    }),
  ];
}

/** Refuses whoever speaks to the bucket without TLS. */
export function tlsOnlyPolicy(bucketArn: string): PolicyDocument {
  return policy({
    Sid: "RefusePlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/** Lets flow logs of this account's region take the role, and of nobody else's: the service itself is everybody's. */
export function flowLogTrust(logGroupArn: string): PolicyDocument {
  const { region, account } = ownerOf(logGroupArn);
  return trustPolicy("vpc-flow-logs.amazonaws.com", {
    StringEquals: { "aws:SourceAccount": account },
    ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
  });
}

/** What the VPC's log may write: AWS's guide to flow logs has it so, but for making the group, which is there. */
export function flowLogPolicy(logGroupArn: string): PolicyDocument {
  const { region, account } = ownerOf(logGroupArn);
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
  return policy(
    allow("WriteFlowLog", actions, [logGroupArn, `${logGroupArn}:*`]),
    // A group is looked for among all of them.
    allow("FindLogGroup", "logs:DescribeLogGroups", `arn:aws:logs:${region}:${account}:log-group:*`),
  );
}

function ownerOf(arn: string): { readonly region: string; readonly account: string } {
  const [, , , region = "", account = ""] = arn.split(":");
  return { region, account };
}

function allow(
  Sid: string,
  Action: Statement["Action"],
  Resource: NonNullable<Statement["Resource"]>,
  Condition?: Statement["Condition"],
): Statement {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) };
}

function policy(...Statement: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}
