import type { Secrets } from "../settings/secrets";

/** The stack's secrets by the names that their places in a node's files are marked with. */
export function secretTexts(secrets: Secrets): Readonly<Record<string, string>> {
  const { apiKeys, turnSecrets, redisPassword, metricsPassword, metricsPasswordHash } = secrets;
  return {
    ...Object.fromEntries(
      apiKeys.flatMap(({ key, secret }, i) => [
        [`apiKey.${i}`, key],
        [`apiSecret.${i}`, secret],
      ]),
    ),
    ...Object.fromEntries(turnSecrets.map((secret, i) => [`turnSecret.${i}`, secret])),
    redisPassword,
    metricsPassword,
    metricsPasswordHash,
  };
}
