import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { secretTexts } from "../../model/aws/keys";
import type { AwsRegion } from "../../model/aws/plan";
import type { Secrets } from "../../model/settings/secrets";
import { secretNames } from "../../templates/node/bundle";
import { createFirst } from "./replacement";

export interface StackSecretsArgs {
  readonly namePrefix: string;
  /** The primary region. */
  readonly region: Pick<AwsRegion, "name" | "code">;
  readonly secrets: Secrets;
  /** Whether Pulumi rejects the secrets' deletion. */
  readonly protect: boolean;
}

/**
 * The stack's two secrets in Secrets Manager: its keys, from the configuration, and its certificate, which the issuing
 * node writes and Pulumi never reads. They cost $0.80 a month (`model/aws/prices.ts`).
 *
 * The secrets have no recovery window: the configuration has the keys, a certificate can be issued again, and a secret
 * scheduled for deletion would block its name for the next `up`. Their logical names contain the primary region.
 * Without the region in the names, a new primary region would replace the secrets, and the replacement would first
 * delete the secrets in the old region. If the old region has failed, AWS can't delete them.
 *
 * @example new StackSecrets("secrets", { namePrefix, region, secrets, protect: true }, { parent: this })
 */
export class StackSecrets extends pulumi.ComponentResource {
  readonly keys: secretsmanager.Secret;
  readonly certificate: secretsmanager.Secret;
  readonly keysVersion: secretsmanager.SecretVersion;

  constructor(name: string, args: StackSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Secrets", name, {}, opts);
    const names = secretNames(args.namePrefix);
    this.keys = this.createSecret("keys", names.keys, "API keys, TURN secrets and Redis password", args);
    this.certificate = this.createSecret(
      "certificate",
      names.certificate,
      "TLS certificate and its key, from its issuer",
      args,
    );
    this.keysVersion = this.createKeysVersion(args);
    this.registerOutputs({});
  }

  private createKeysVersion({ region, secrets }: StackSecretsArgs): secretsmanager.SecretVersion {
    return new secretsmanager.SecretVersion(
      `${region.code}-keys-version`,
      {
        region: region.name,
        secretId: this.keys.id,
        secretString: pulumi.secret(JSON.stringify(secretTexts(secrets))),
      },
      { parent: this, aliases: [{ name: "keys-version" }] },
    );
  }

  private createSecret(name: string, secretName: string, what: string, args: StackSecretsArgs): secretsmanager.Secret {
    const { namePrefix, region, protect } = args;
    return new secretsmanager.Secret(
      `${region.code}-${name}`,
      { region: region.name, name: secretName, description: `${what} of ${namePrefix}`, recoveryWindowInDays: 0 },
      { parent: this, protect, aliases: [{ name }], ...createFirst },
    );
  }
}
