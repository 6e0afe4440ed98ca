import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import type { AwsRegion } from "../../model/aws/plan";

export interface RequestKeyArgs {
  readonly namePrefix: string;
  /** The primary region, which also has the bucket. */
  readonly region: Pick<AwsRegion, "name" | "code">;
  /** Whether Pulumi rejects the key's deletion. */
  readonly protect: boolean;
}

/** Days between the key's deletion and its end, in which AWS can restore it. */
const deletionWindowDays = 30;

/**
 * The KMS key that signs requests to the stack's nodes. The private key never leaves KMS. Instances have the public key
 * in their user data; those of a release without this key get it with their first request. So someone who can write the bucket, but not sign, can't make a node run anything. A node accepts no
 * other key, so a new key requires new instances. Costs $1 a month (`model/aws/prices.ts`).
 *
 * @example new RequestKey("requests", { namePrefix, region, protect: true }, { parent: this })
 */
export class RequestKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** The public key, in PEM. */
  readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: RequestKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:RequestKey", name, {}, opts);
    const key = this.createKey(name, args);
    this.arn = key.arn;
    const { region } = args;
    this.publicKey = kms.getPublicKeyOutput({ keyId: key.arn, region: region.name }, { parent: this }).publicKeyPem;
    this.registerOutputs({ arn: this.arn });
  }

  private createKey(name: string, { namePrefix, region, protect }: RequestKeyArgs): kms.Key {
    return new kms.Key(
      `${region.code}-${name}`,
      {
        region: region.name,
        description: `Signs the requests to the nodes of ${namePrefix}`,
        keyUsage: "SIGN_VERIFY",
        customerMasterKeySpec: "ECC_NIST_P256",
        deletionWindowInDays: deletionWindowDays,
      },
      { parent: this, protect },
    );
  }
}
