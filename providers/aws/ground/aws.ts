import { ports } from "./state";

/** How the gateway asks the simulated AWS beside it, which takes any credentials. Nothing there is worth a second try. */
export function clientOptions(region: string) {
  return {
    region,
    endpoint: `http://127.0.0.1:${ports.aws}`,
    credentials: { accessKeyId: "gateway", secretAccessKey: "gateway" },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 10_000 },
  };
}
