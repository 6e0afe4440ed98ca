import { ports } from "./state";

const endpoint = `http://127.0.0.1:${ports.aws}`;

/** How the gateway asks the simulated AWS beside it, which takes any credentials. Nothing there is worth a second try. */
export function clientOptions(region: string) {
  return {
    region,
    endpoint,
    credentials: { accessKeyId: "gateway", secretAccessKey: "gateway" },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 10_000 },
  };
}

/** How many requests have changed what the gateway follows: to read all of it anew takes many. @see moto_server.py */
export async function countChanges(): Promise<number> {
  const answer = await fetch(`${endpoint}/livekit/changes`);
  return Number(await answer.text());
}

/**
 * Sends the simulated AWS the health of targets, by target group and instance, for its DescribeTargetHealth.
 * @see moto_server.py
 */
export async function reportTargetHealth(targets: Readonly<Record<string, boolean>>): Promise<void> {
  await fetch(`${endpoint}/livekit/target-health`, { method: "PUT", body: JSON.stringify(targets) });
}
