import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { clientOf } from "../../clients";

/** Secrets Manager client of a region. */
export const secretsManager = clientOf("Secrets Manager", (options) => new SecretsManagerClient(options));
