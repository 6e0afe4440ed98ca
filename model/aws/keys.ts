import type { Secrets } from "../settings/secrets";

/** Maps the placeholder names in a node's files to the stack's secrets. */
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
