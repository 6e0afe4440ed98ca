import type { MiddlewareStack } from "@smithy/types";
import { defaultRegion } from "./account";

/** The part of an AWS SDK client that {@link clientOf} uses. */
interface Client {
  readonly middlewareStack: Pick<MiddlewareStack<object, object>, "add">;
}

interface ClientOptions {
  readonly region: string;
  readonly maxAttempts: number;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Attempts of a call that is throttled or gets no response; the SDK backs off between them. */
const maxAttempts = 8;

/**
 * Returns a function that creates one client per region, on first use. The clients only reach a simulated account, and
 * their errors read like the official plugin's.
 * @example const ec2 = clientOf("EC2", (options) => new EC2Client(options));
 */
export function clientOf<C extends Client>(
  service: string,
  make: (options: ClientOptions) => C,
): (region?: string) => C {
  const made = new Map<string, C>();
  return (region = defaultRegion()) => {
    const known = made.get(region);
    if (known) return known;
    const client = make({ region, maxAttempts, ...simulatedAccount() });
    client.middlewareStack.add(
      (next, context) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          throw named(`${service}: ${(context.commandName ?? "").replace(/Command$/, "")}`, error as Error);
        }
      },
      { step: "initialize", priority: "high", name: "officialWords" },
    );
    made.set(region, client);
    return client;
  };
}

/**
 * Returns explicit endpoint and credentials, so that the environment or AWS's configuration files never lead to a real
 * account.
 * @throws if there is no simulated account
 */
export function simulatedAccount(
  env: NodeJS.ProcessEnv = process.env,
): Pick<ClientOptions, "endpoint" | "credentials"> {
  const { AWS_ENDPOINT_URL: endpoint = "", AWS_ACCESS_KEY_ID: accessKeyId = "", LIVEKIT_SIMULATOR: simulator } = env;
  if (!simulator || !/^http:\/\/127\.0\.0\.1:\d+\/?$/.test(endpoint)) {
    throw new Error("this fallback AWS provider works only in rehearsals; start a rehearsal with: npm run rehearse");
  }
  return { endpoint, credentials: { accessKeyId, secretAccessKey: "simulated" } };
}

function named(operation: string, error: Error): Error {
  error.message = `operation error ${operation}, api error ${error.name}: ${error.message}`;
  return error;
}

/** Returns the response, or undefined if AWS reports that the resource doesn't exist. */
export async function orGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Reports whether an error's code means that the resource doesn't exist. Each service uses a different code. */
export function isGone(error: unknown): boolean {
  const { name = "" } = error as Error;
  return /NotFound|NoSuch|ResourceNotFoundException|^404$/.test(name);
}
