import type { MiddlewareStack } from "@smithy/types";
import { defaultRegion } from "./account";

/** What every client of AWS's is made of. */
interface Client {
  readonly middlewareStack: Pick<MiddlewareStack<object, object>, "add">;
}

interface ClientOptions {
  readonly region: string;
  readonly maxAttempts: number;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Tries of a call that is throttled or gets no answer; the client pauses longer before each. */
const maxAttempts = 8;

/**
 * A client of each region, made when it is first asked for. It knows a simulated account alone, and fails in the official
 * plugin's words.
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
 * Endpoint and credentials are stated: what else the environment or AWS's own files say of them must not reach a real
 * account.
 * @throws where there is no simulated account
 */
export function simulatedAccount(
  env: NodeJS.ProcessEnv = process.env,
): Pick<ClientOptions, "endpoint" | "credentials"> {
  const { AWS_ENDPOINT_URL: endpoint = "", LIVEKIT_SIMULATOR: simulator } = env;
  if (!simulator || !/^http:\/\/127\.0\.0\.1:\d+\/?$/.test(endpoint)) {
    throw new Error("this stand-in of the AWS plugin is for rehearsals alone: npm run rehearse");
  }
  return { endpoint, credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" } };
}

function named(operation: string, error: Error): Error {
  error.message = `operation error ${operation}, api error ${error.name}: ${error.message}`;
  return error;
}

/** What was asked for, or nothing where AWS says that there is no such thing. */
export async function orGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether it is gone, by the error's code: every service has words of its own for that. */
export function isGone(error: unknown): boolean {
  const { name = "" } = error as Error;
  return /NotFound|NoSuch|ResourceNotFoundException|^404$/.test(name);
}
