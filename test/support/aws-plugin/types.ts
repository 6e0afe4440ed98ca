import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Properties } from "../../../packages/provider-kit/values";

/** The account's answers to lookups. They are in a file, so that a test can change them between two runs. */
export interface Account {
  /** Debian's newest image, by the architecture in its name. */
  readonly images: Readonly<Record<"amd64" | "arm64", string>>;
  /** Availability zones of all regions. */
  readonly zones: readonly string[];
  readonly hostedZone: string;
  /** Names of resources that were deleted outside Pulumi. @default none */
  readonly gone?: readonly string[];
}

/** Outputs that are only known after the operation, with the inputs that change them. */
export const computed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "aws:ec2/eip:Eip": { publicIp: [], allocationId: [] },
  "aws:kms/key:Key": { arn: [] },
  "aws:s3/bucket:Bucket": { bucket: [], arn: [] },
  "aws:s3/bucketObjectv2:BucketObjectv2": { versionId: ["content"] },
  "aws:secretsmanager/secret:Secret": { arn: [] },
  "aws:secretsmanager/secretVersion:SecretVersion": { versionId: ["secretString"] },
};

/** Returns the values of computed outputs. */
export function outputs(type: string, name: string, inputs: Properties): Properties {
  switch (type) {
    case "aws:ec2/eip:Eip":
      return { publicIp: "203.0.113.10", allocationId: `eipalloc-${name}` };
    case "aws:s3/bucket:Bucket":
      return { bucket: bucketOf(inputs), arn: `arn:aws:s3:::${bucketOf(inputs)}` };
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return { versionId: digest(inputs["content"]) };
    case "aws:secretsmanager/secretVersion:SecretVersion":
      return { versionId: digest(inputs["secretString"]) };
    default:
      return { arn: `arn:aws:test:::${name}` };
  }
}

/** The bucket's name contains the region, so that each region has its own bucket. */
const bucketOf = ({ bucketPrefix, region }: Properties) => `${bucketPrefix}${region}`;

export function isGone(name: string, accountFile: string): boolean {
  const { gone = [] }: Account = JSON.parse(readFileSync(accountFile, "utf8"));
  return gone.includes(name);
}

/** @throws Error with the official provider's message if the lookup finds nothing */
export function lookUp(token: string, args: Properties, accountFile: string): Properties {
  const { images, zones, hostedZone }: Account = JSON.parse(readFileSync(accountFile, "utf8"));
  switch (token) {
    case "aws:route53/getZone:getZone":
      if (args["name"] !== hostedZone) throw new Error("no matching Route 53 Hosted Zone found");
      return { ...args, zoneId: "Z0123456789", id: "Z0123456789" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "123456789012", id: "123456789012" };
    case "aws:kms/getPublicKey:getPublicKey":
      return { ...args, id: args["keyId"], publicKeyPem: `public key of ${args["keyId"]}` };
    case "aws:ec2/getEips:getEips":
      // This lookup leaves out the stack's own addresses, and the account has no others.
      return { ...args, allocationIds: [], publicIps: [] };
    case "aws:ec2/getVpcs:getVpcs":
      return { ...args, ids: [] };
    case "aws:servicequotas/getServiceQuota:getServiceQuota":
      return { ...args, value: 1152 };
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
      return offerings(args, zones);
    case "aws:ec2/getInstances:getInstances":
      // Empty, because this provider stores no instances. Only the engine's state contains instances.
      return { ...args, ids: [], privateIps: [], publicIps: [] };
    case "aws:ec2/getAmi:getAmi": {
      const architecture = JSON.stringify(args["filters"]).includes("arm64") ? "arm64" : "amd64";
      return { ...args, id: images[architecture], architecture: architecture === "arm64" ? "arm64" : "x86_64" };
    }
    default:
      throw new Error(`the fake AWS provider has no lookup ${token}`);
  }
}

/** Offers every type in every zone of the region. */
function offerings(args: Properties, zones: readonly string[]): Properties {
  const [filter] = args["filters"] as readonly { readonly values: readonly string[] }[];
  const own = zones.filter((zone) => zone.startsWith(`${args["region"]}`));
  const all = (filter?.values ?? []).flatMap((type) => own.map((zone) => [type, zone]));
  return { ...args, instanceTypes: all.map(([type]) => type), locations: all.map(([, zone]) => zone) };
}

function digest(value: unknown): string {
  return createHash("sha256").update(String(value)).digest("hex").slice(0, 16);
}
