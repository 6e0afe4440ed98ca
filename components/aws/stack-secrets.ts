import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { secretTexts } from "../../model/aws/keys";
import type { AwsRegion } from "../../model/aws/plan";
import type { Secrets } from "../../model/settings/secrets";
import { secretNames } from "../../templates/node/bundle";
import { createFirst } from "./replacement";

export interface StackSecretsArgs {
  readonly namePrefix: string;
  /** The primary one. */
  readonly region: Pick<AwsRegion, "name" | "code">;
  readonly secrets: Secrets;
  /** Refuse to delete them. */
  readonly protect: boolean;
}

/**
 * The stack's two secrets in Secrets Manager: its keys, from the configuration, and its certificate, which the issuing node
 * writes and Pulumi never reads. They cost $0.80 a month (`model/aws/prices.ts`). Deleted, they are gone at once: the keys
 * are in the configuration, a certificate is issued anew, and a name that waits to be forgotten would hinder the next `up`.
 * In another primary region they are others: a replacement would first delete those of a region that may be lost.
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
    this.keys = this.secret("keys", names.keys, "API keys, TURN secrets and Redis password", args);
    this.certificate = this.secret(
      "certificate",
      names.certificate,
      "TLS certificate and its key, from its issuer",
      args,
    );
    this.keysVersion = new secretsmanager.SecretVersion(
      `${args.region.code}-keys-version`,
      {
        region: args.region.name,
        secretId: this.keys.id,
        secretString: pulumi.secret(JSON.stringify(secretTexts(args.secrets))),
      },
      { parent: this, aliases: [{ name: "keys-version" }] },
    );
    this.registerOutputs({});
  }

  private secret(name: string, secretName: string, what: string, args: StackSecretsArgs): secretsmanager.Secret {
    const { namePrefix, region, protect } = args;
    return new secretsmanager.Secret(
      `${region.code}-${name}`,
      { region: region.name, name: secretName, description: `${what} of ${namePrefix}`, recoveryWindowInDays: 0 },
      { parent: this, protect, aliases: [{ name }], ...createFirst },
    );
  }
}
