/** An IAM policy as a JSON object. */
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

/** Values that a node's policy refers to. */
export interface NodePolicyArgs {
  readonly node: string;
  readonly bucketArn: string;
  readonly keysArn: string;
  readonly certificateArn: string;
  /** Namespace of the metrics that the node sends. */
  readonly namespace: string;
  /** Log group of the node's services. @default the node sends no logs */
  readonly logGroupArn?: string;
  /** On the node that requests certificates: the zone and domain for the ACME DNS-01 challenge. */
  readonly issuer?: { readonly zoneId: string; readonly domain: string };
}

/** Returns a trust policy that lets an AWS service assume the role. */
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

/**
 * Returns the permissions of a node: fetch its bundle, write reports, read its secrets, send metrics and logs, and
 * prove control of its domain.
 */
export function nodePolicy(args: NodePolicyArgs): PolicyDocument {
  const { node, bucketArn, keysArn, certificateArn, namespace, logGroupArn, issuer } = args;
  return policy(
    allow("FetchOwnBundle", ["s3:GetObject", "s3:GetObjectVersion"], `${bucketArn}/bundles/${node}.json`),
    allow("ReadOwnRequest", "s3:GetObject", `${bucketArn}/nodes/${node}/desired`),
    allow("WriteOwnReport", "s3:PutObject", [`${bucketArn}/nodes/${node}/report`, `${bucketArn}/logs/${node}`]),
    // If the node has no request yet, S3 answers 404 with this permission and 403 without it.
    allow("TellMissingFromForbidden", "s3:ListBucket", bucketArn),
    allow("ReadSecrets", "secretsmanager:GetSecretValue", [keysArn, certificateArn]),
    // PutMetricData supports no resource-level permissions (service authorization reference); the namespace limits it.
    allow("SendOwnMetrics", "cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": namespace } }),
    ...(logGroupArn ? logStatements(logGroupArn, node) : []),
    ...(issuer ? issuerStatements(certificateArn, issuer) : []),
  );
}

/** Per the service authorization reference, CreateLogStream applies to the group and PutLogEvents to the stream. */
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
    // ListHostedZones supports no resource-level permissions. GetChange names a change by an ID that is not known in
    // advance.
    allow("FindZone", "route53:ListHostedZones", "*"),
    allow("FollowChange", "route53:GetChange", "arn:aws:route53:::change/*"),
    // Route 53 compares names in normalized form: lower case, without the final dot.
    allow("ProveDomain", "route53:ChangeResourceRecordSets", `arn:aws:route53:::hostedzone/${zoneId}`, {
      "ForAllValues:StringEquals": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`_acme-challenge.${domain}`],
        "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
        "route53:ChangeResourceRecordSetsActions": ["UPSERT", "DELETE"],
      },
    }),
  ];
}

/**
 * Returns the policy of the stack's bucket: it denies requests without TLS, and reports and logs from anyone but roles
 * with the stack's prefix, as those of its nodes. The policy can't list the nodes, because a removed node still reports its
 * drain. Requests need no such statement, because nodes verify their signatures.
 */
export function bucketPolicy(bucketArn: string, namePrefix: string): PolicyDocument {
  return policy(
    {
      Sid: "RefusePlainHttp",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "RefuseForeignReports",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: [`${bucketArn}/nodes/*/report`, `${bucketArn}/logs/*`],
      Condition: { ArnNotLike: { "aws:PrincipalArn": `arn:aws:iam::*:role/${namePrefix}-*` } },
    },
  );
}

/** Lets VPC flow logs assume the role, restricted to this account and region (confused deputy). */
export function flowLogTrust(logGroupArn: string): PolicyDocument {
  const { region, account } = ownerOf(logGroupArn);
  return trustPolicy("vpc-flow-logs.amazonaws.com", {
    StringEquals: { "aws:SourceAccount": account },
    ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
  });
}

/** Returns the permissions of VPC flow logs as in AWS's guide, without CreateLogGroup because the group exists. */
export function flowLogPolicy(logGroupArn: string): PolicyDocument {
  const { region, account } = ownerOf(logGroupArn);
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
  return policy(
    allow("WriteFlowLog", actions, [logGroupArn, `${logGroupArn}:*`]),
    // DescribeLogGroups searches all log groups.
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
