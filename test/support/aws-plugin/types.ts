import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Properties } from "../../../providers/plugin/values";

/** What the account answers to lookups, as a file that a test may change between two runs. */
export interface Account {
  /** Debian's newest image, by the processor's name in its own. */
  readonly images: Readonly<Record<"amd64" | "arm64", string>>;
  readonly zones: readonly string[];
  readonly hostedZone: string;
  /** Names of resources that somebody has deleted behind the engine's back. @default none */
  readonly gone?: readonly string[];
}

/**
 * Inputs that can't change on an existing resource, beside the region of each (the schema of `@pulumi/aws` 7.48.0, and the
 * arguments that its documents call "forces new resource").
 */
export const replaceOn: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": ["ami", "subnetId", "privateIp", "keyName", "associatePublicIpAddress"],
  "aws:ec2/eipAssociation:EipAssociation": ["instanceId", "allocationId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "cidrBlock", "vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:secretsmanager/secret:Secret": ["name", "namePrefix"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretId", "secretString"],
};

/** Outputs that only the operation tells, and inputs whose change changes them. */
export const computed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "aws:ec2/eip:Eip": { publicIp: [], allocationId: [] },
  "aws:s3/bucket:Bucket": { bucket: [], arn: [] },
  "aws:s3/bucketObjectv2:BucketObjectv2": { versionId: ["content"] },
  "aws:secretsmanager/secret:Secret": { arn: [] },
  "aws:secretsmanager/secretVersion:SecretVersion": { versionId: ["secretString"] },
};

/** Values of those outputs. */
export function outputs(type: string, name: string, inputs: Properties): Properties {
  switch (type) {
    case "aws:ec2/eip:Eip":
      return { publicIp: "203.0.113.10", allocationId: `eipalloc-${name}` };
    case "aws:s3/bucket:Bucket":
      return { bucket: `${inputs["bucketPrefix"]}test`, arn: `arn:aws:s3:::${inputs["bucketPrefix"]}test` };
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return { versionId: digest(inputs["content"]) };
    case "aws:secretsmanager/secretVersion:SecretVersion":
      return { versionId: digest(inputs["secretString"]) };
    default:
      return { arn: `arn:aws:test:::${name}` };
  }
}

export function isGone(name: string, accountFile: string): boolean {
  const { gone = [] }: Account = JSON.parse(readFileSync(accountFile, "utf8"));
  return gone.includes(name);
}

/** @throws where the lookup finds nothing, with the official plugin's words */
export function lookUp(token: string, args: Properties, accountFile: string): Properties {
  const { images, zones, hostedZone }: Account = JSON.parse(readFileSync(accountFile, "utf8"));
  switch (token) {
    case "aws:route53/getZone:getZone":
      if (args["name"] !== hostedZone) throw new Error("no matching Route 53 Hosted Zone found");
      return { ...args, zoneId: "Z0123456789", id: "Z0123456789" };
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
      return { ...args, locations: [...zones] };
    case "aws:ec2/getAmi:getAmi": {
      const architecture = JSON.stringify(args["filters"]).includes("arm64") ? "arm64" : "amd64";
      return { ...args, id: images[architecture], architecture: architecture === "arm64" ? "arm64" : "x86_64" };
    }
    default:
      throw new Error(`${token} is not looked up by this stand-in`);
  }
}

function digest(value: unknown): string {
  return createHash("sha256").update(String(value)).digest("hex").slice(0, 16);
}
