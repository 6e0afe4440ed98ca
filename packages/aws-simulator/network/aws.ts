import { ports } from "./state";

const endpoint = `http://127.0.0.1:${ports.aws}`;

/**
 * Client options for the gateway's calls to the simulated AWS, which accepts any credentials from it. The gateway polls again
 * anyway, so failed calls aren't retried.
 */
export function clientOptions(region: string) {
  return {
    region,
    endpoint,
    credentials: { accessKeyId: "gateway", secretAccessKey: "gateway" },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 10_000 },
  };
}

/**
 * Returns how many requests may have changed the account. While the number stays the same, the gateway skips reading
 * the account, which takes many requests. @see moto_server.py
 */
export async function countChanges(): Promise<number> {
  const answer = await fetch(`${endpoint}/livekit/changes`);
  return Number(await answer.text());
}

/**
 * Sends target health, by target group and instance, to the simulated AWS for its DescribeTargetHealth.
 * @see moto_server.py
 */
export async function reportTargetHealth(targets: Readonly<Record<string, boolean>>): Promise<void> {
  await fetch(`${endpoint}/livekit/target-health`, { method: "PUT", body: JSON.stringify(targets) });
}
